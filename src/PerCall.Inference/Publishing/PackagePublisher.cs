using PerCall.Inference.Packages;

namespace PerCall.Inference.Publishing;

/// <summary>Publishes a package from an archive or a folder: verifies it completely, then stores it completely or not at all.</summary>
public sealed class PackagePublisher(PackageVerifier verifier, BlobPackageWriter writer, PackageLimits limits)
{
    /// <summary>Publishes a zipped package.</summary>
    /// <param name="archive">The ZIP archive. The stream must be seekable.</param>
    /// <param name="run">How the publication runs.</param>
    /// <param name="cancellation">Cancels the publication. Nothing of it remains.</param>
    /// <exception cref="PackageRefusedException">The package has faults.</exception>
    /// <exception cref="RegistryConflictException">The version is already published.</exception>
    /// <exception cref="ModelBusyException">The disk does not have enough space, or running models use the memory.</exception>
    public async Task<ModelManifest> PublishAsync(Stream archive, PublicationRun run, CancellationToken cancellation)
    {
        using var unpacked = new UnpackFolder();
        await DiskSpace.WriteAsync(() => PackageArchive.UnpackAsync(archive, unpacked.Folder, limits, run, cancellation));
        return await PublishFolderAsync(unpacked.Folder, run, cancellation);
    }

    /// <inheritdoc cref="PublishAsync(Stream, PublicationRun, CancellationToken)"/>
    public Task<ModelManifest> PublishAsync(Stream archive, CancellationToken cancellation) =>
        PublishAsync(archive, new PublicationRun(), cancellation);

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
        var manifest = await verifier.VerifyAsync(folder, run, cancellation);
        if (run.BeforeStoring is { } beforeStoring)
        {
            await beforeStoring(manifest);
        }

        await writer.CreateAsync(manifest, folder, run, cancellation);
        await writer.SetAliasAsync(manifest.Name, ModelNames.Production, manifest.Version, onlyIfUnset: true, cancellation);
        return manifest;
    }
}
