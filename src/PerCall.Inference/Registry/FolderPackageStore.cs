using System.Globalization;
using System.Text.Json;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// A read-only store of packages in a folder, such as <c>models/</c> of the repository: <c>&lt;name&gt;/&lt;version&gt;/model.json</c>.
/// </summary>
public sealed class FolderPackageStore(string root) : IPackageStore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredPackage>> ListAsync(CancellationToken cancellation)
    {
        var packages = new List<StoredPackage>();
        foreach (var (name, version) in Versions("*"))
        {
            if (await FindAsync(name, version, cancellation) is { } package)
            {
                packages.Add(package);
            }
        }

        return packages;
    }

    /// <inheritdoc/>
    public async Task<StoredPackage?> FindAsync(string name, string version, CancellationToken cancellation)
    {
        var file = new FileInfo(Path.Combine(root, name, version, ModelManifest.FileName));
        return file.Exists
            ? new(
                ManifestReader.Parse(await File.ReadAllBytesAsync(file.FullName, cancellation)), file.DirectoryName!, Fingerprint(file),
                file.LastWriteTimeUtc)
            : null;
    }

    /// <summary>Reads <c>aliases.json</c>. Without that file, production is the newest version.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AliasesAsync(string name, CancellationToken cancellation)
    {
        var file = Path.Combine(root, name, BlobPackageNames.AliasFile);
        if (File.Exists(file))
        {
            await using var stream = File.OpenRead(file);
            return (await JsonSerializer.DeserializeAsync(stream, ManifestJson.Default.AliasMap, cancellation) ?? AliasMap.Empty).Aliases;
        }

        var newest = Versions(name).Select(v => v.Version).Order(
            StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.NumericOrdering)).LastOrDefault();
        return newest is null ? AliasMap.Empty.Aliases : new Dictionary<string, string> { [ModelNames.Production] = newest };
    }

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(StoredPackage package, string file, CancellationToken cancellation) =>
        Task.FromResult<Stream>(File.OpenRead(Path.Combine(package.Location, file)));

    /// <inheritdoc/>
    public Task<string?> FingerprintAsync(StoredPackage package, string file, CancellationToken cancellation)
    {
        var info = new FileInfo(Path.Combine(package.Location, file));
        return Task.FromResult(info.Exists ? Fingerprint(info) : null);
    }

    private IEnumerable<(string Name, string Version)> Versions(string name) => !Directory.Exists(root)
        ? []
        : from model in Directory.EnumerateDirectories(root, name).Order(StringComparer.Ordinal)
          where ModelNames.IsName(Path.GetFileName(model))
          from version in Directory.EnumerateDirectories(model).Order(StringComparer.Ordinal)
          where ModelNames.IsVersion(Path.GetFileName(version)) && File.Exists(Path.Combine(version, ModelManifest.FileName))
          select (Path.GetFileName(model), Path.GetFileName(version));

    private static string Fingerprint(FileInfo file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Length}-{file.LastWriteTimeUtc.Ticks}");
}
