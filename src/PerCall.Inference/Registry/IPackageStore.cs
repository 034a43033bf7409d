using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>A package as a store holds it.</summary>
/// <param name="Manifest">Its <c>model.json</c>.</param>
/// <param name="Location">Where the store keeps its files: a blob prefix, or a folder.</param>
/// <param name="ETag">Of <c>model.json</c>: another one is another package, published after this one was removed.</param>
/// <param name="PublishedAt">When it was published.</param>
public sealed record StoredPackage(ModelManifest Manifest, string Location, string ETag, DateTimeOffset PublishedAt);

/// <summary>Where the registry finds packages: blob storage in the service, a folder in tools and tests.</summary>
public interface IPackageStore
{
    /// <summary>All published packages, by name and version.</summary>
    Task<IReadOnlyList<StoredPackage>> ListAsync(CancellationToken cancellation);

    /// <summary>One package; null where it is not published.</summary>
    Task<StoredPackage?> FindAsync(string name, string version, CancellationToken cancellation);

    /// <summary>Versions of a model by alias; empty where it has none.</summary>
    Task<IReadOnlyDictionary<string, string>> AliasesAsync(string name, CancellationToken cancellation);

    /// <summary>Opens a file of a package.</summary>
    /// <exception cref="FileNotFoundException">The package has no such file any more.</exception>
    Task<Stream> OpenAsync(StoredPackage package, string file, CancellationToken cancellation);

    /// <summary>A text that changes when the file's bytes do; null where the file is gone.</summary>
    Task<string?> FingerprintAsync(StoredPackage package, string file, CancellationToken cancellation);
}
