using PerCall.Inference.Deriving;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Publishing;

/// <summary>Publishes a package from an archive or a folder: verifies it completely, then stores it completely or not at all.</summary>
/// <param name="verifier">Verifies packages.</param>
/// <param name="deriver">Makes the manifest of an archive that has none.</param>
/// <param name="writer">Stores packages.</param>
/// <param name="limits">The limits of an archive.</param>
public sealed class PackagePublisher(PackageVerifier verifier, PackageDeriver deriver, BlobPackageWriter writer, PackageLimits limits)
{
    /// <summary>Publishes a zipped package, or the zipped files of a model without a manifest.</summary>
    /// <param name="archive">The ZIP archive. The stream must be seekable.</param>
    /// <param name="run">How the publication runs.</param>
    /// <param name="cancellation">Cancels the publication. Nothing of it remains.</param>
    /// <exception cref="PackageRefusedException">The package has faults, or its manifest cannot be derived.</exception>
    /// <exception cref="RegistryConflictException">The version is already published.</exception>
    /// <exception cref="ModelBusyException">The disk does not have enough space, or running models use the memory.</exception>
    public async Task<PublishedPackage> PublishAsync(Stream archive, PublicationRun run, CancellationToken cancellation)
    {
        using var unpacked = new UnpackFolder();
        var (folder, root) = (unpacked.Folder, "");
        await DiskSpace.WriteAsync(async () => root = await PackageArchive.UnpackAsync(archive, folder, limits, run, cancellation));
        if (File.Exists(Path.Combine(folder, ModelManifest.FileName)))
        {
            return run.Derivation is { Settings.Count: > 0 } derivation
                ? throw new PackageRefusedException([new(
                    derivation.Settings.Keys.First(), "is set, but the package has a model.json; change the member there.")])
                : new(await PublishFolderAsync(folder, run, cancellation), null);
        }

        var package = await DeriveAsync(folder, root, run.Derivation ?? new(null, new Dictionary<string, string>()), cancellation);
        return new(await StoreAsync(folder, run with { OnlyNamed = true }, cancellation), package);
    }

    /// <summary>Publishes a zipped package that has a manifest, or whose files say everything.</summary>
    /// <inheritdoc cref="PublishAsync(Stream, PublicationRun, CancellationToken)" path="/exception"/>
    public async Task<ModelManifest> PublishAsync(Stream archive, CancellationToken cancellation) =>
        (await PublishAsync(archive, new PublicationRun(), cancellation)).Manifest;

    /// <summary>Publishes a package in a folder. The first version of a model becomes its production version.</summary>
    /// <inheritdoc cref="PublishAsync(Stream, PublicationRun, CancellationToken)" path="/exception"/>
    public Task<ModelManifest> PublishFolderAsync(string folder, CancellationToken cancellation) =>
        PublishFolderAsync(folder, new PublicationRun(), cancellation);

    /// <inheritdoc cref="PublishFolderAsync(string, CancellationToken)"/>
    /// <param name="folder">The folder with the package's files.</param>
    /// <param name="run">How the publication runs.</param>
    /// <param name="cancellation">Cancels the publication. Nothing of it remains.</param>
    public async Task<ModelManifest> PublishFolderAsync(string folder, PublicationRun run, CancellationToken cancellation)
    {
        await FileHashes.CompleteAsync(folder, cancellation);
        return await StoreAsync(folder, run, cancellation);
    }

    private async Task<ModelManifest> StoreAsync(string folder, PublicationRun run, CancellationToken cancellation)
    {
        var manifest = await verifier.VerifyAsync(folder, run, cancellation);
        if (run.BeforeStoring is { } beforeStoring)
        {
            await beforeStoring(manifest);
        }

        await writer.CreateAsync(manifest, folder, run, cancellation);
        await writer.SetAliasAsync(manifest.Name, ModelNames.Production, manifest.Version, onlyIfUnset: true, cancellation);
        return manifest;
    }

    /// <summary>Limits the time, because a graph can run forever.</summary>
    private async Task<DerivedPackage> DeriveAsync(
        string folder, string root, DerivationSettings settings, CancellationToken cancellation)
    {
        if ((settings.Name ?? root) is not { Length: > 0 } name)
        {
            throw new PackageRefusedException([new(
                "name", "cannot be derived, because the archive has neither a model.json nor a folder of its own; "
                    + "give the model's name in the query, for example ?name=my-model.")]);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(limits.MaxTime);
        try
        {
            return await deriver.DeriveAsync(folder, name, settings.Settings, new NoQuestions(), over.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PackageRefusedException([new(
                "archive", $"exceeds the time limit of {limits.MaxTime.TotalSeconds:0.#} s for deriving model.json.")]);
        }
    }
}

/// <summary>How a manifest is derived.</summary>
/// <param name="Name">The name of the model; null for the folder's name in the archive.</param>
/// <param name="Settings">Answers and members, as in <see cref="PackageDeriver.DeriveAsync"/>.</param>
public sealed record DerivationSettings(string? Name, IReadOnlyDictionary<string, string> Settings);

/// <summary>A published package.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Derived">What was derived; null if the package has a manifest of its own.</param>
public sealed record PublishedPackage(ModelManifest Manifest, DerivedPackage? Derived);
