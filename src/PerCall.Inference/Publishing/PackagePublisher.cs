using PerCall.Inference.Packages;

namespace PerCall.Inference.Publishing;

/// <summary>Publishes a package from an archive or a folder: verifies it completely, then stores it completely or not at all.</summary>
public sealed class PackagePublisher(PackageVerifier verifier, BlobPackageWriter writer, PackageLimits limits)
{
    /// <summary>Publishes a zipped package.</summary>
    /// <param name="archive">The ZIP archive. The stream must be seekable.</param>
    /// <param name="beforeStoring">Runs after the verification, before anything is stored.</param>
    /// <param name="cancellation">Cancels the publication. Nothing of it remains.</param>
    /// <exception cref="PackageRefusedException">The package has faults.</exception>
    /// <exception cref="RegistryConflictException">The version is already published.</exception>
    /// <exception cref="ModelBusyException">The disk does not have enough space.</exception>
    public async Task<ModelManifest> PublishAsync(Stream archive, Func<ModelManifest, Task>? beforeStoring, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("percall-package-").FullName;
        try
        {
            await DiskSpace.WriteAsync(() => PackageArchive.UnpackAsync(archive, folder, limits, cancellation));
            return await PublishFolderAsync(folder, beforeStoring, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc cref="PublishAsync(Stream, Func{ModelManifest, Task}?, CancellationToken)"/>
    public Task<ModelManifest> PublishAsync(Stream archive, CancellationToken cancellation) => PublishAsync(archive, null, cancellation);

    /// <summary>Publishes a package in a folder. The first version of a model becomes its production version.</summary>
    /// <inheritdoc cref="PublishAsync(Stream, Func{ModelManifest, Task}?, CancellationToken)" path="/exception"/>
    public Task<ModelManifest> PublishFolderAsync(string folder, CancellationToken cancellation) =>
        PublishFolderAsync(folder, null, cancellation);

    /// <inheritdoc cref="PublishFolderAsync(string, CancellationToken)"/>
    /// <param name="folder">The folder with the package's files.</param>
    /// <param name="beforeStoring">Runs after the verification, before anything is stored.</param>
    /// <param name="cancellation">Cancels the publication. Nothing of it remains.</param>
    public async Task<ModelManifest> PublishFolderAsync(
        string folder, Func<ModelManifest, Task>? beforeStoring, CancellationToken cancellation)
    {
        var manifest = await verifier.VerifyAsync(folder, cancellation);
        if (beforeStoring is not null)
        {
            await beforeStoring(manifest);
        }

        await writer.CreateAsync(manifest, folder, cancellation);
        await writer.SetAliasAsync(manifest.Name, ModelNames.Production, manifest.Version, onlyIfUnset: true, cancellation);
        return manifest;
    }
}
