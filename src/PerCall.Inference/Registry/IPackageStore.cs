using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>A package in a store.</summary>
/// <param name="Manifest">The content of <c>model.json</c>.</param>
/// <param name="Location">The location of its files: a blob prefix or a folder.</param>
/// <param name="ETag">The ETag of <c>model.json</c>. A different ETag is a different package, published after this one was removed.</param>
/// <param name="PublishedAt">When it was published.</param>
public sealed record StoredPackage(ModelManifest Manifest, string Location, string ETag, DateTimeOffset PublishedAt);

/// <summary>A store of packages for the registry: blob storage in the service, a folder in tools and tests.</summary>
public interface IPackageStore
{
    /// <summary>Lists all published packages, ordered by name and version.</summary>
    Task<IReadOnlyList<StoredPackage>> ListAsync(CancellationToken cancellation);

    /// <summary>Finds a package; null if it is not published.</summary>
    Task<StoredPackage?> FindAsync(string name, string version, CancellationToken cancellation);

    /// <summary>Gets the versions of a model by alias; empty if it has no alias.</summary>
    Task<IReadOnlyDictionary<string, string>> AliasesAsync(string name, CancellationToken cancellation);

    /// <summary>Opens a file of a package.</summary>
    /// <exception cref="FileNotFoundException">The package no longer has this file.</exception>
    Task<Stream> OpenAsync(StoredPackage package, string file, CancellationToken cancellation);

    /// <summary>Gets a text that changes when the file's bytes change; null if the file does not exist.</summary>
    Task<string?> FingerprintAsync(StoredPackage package, string file, CancellationToken cancellation);
}
