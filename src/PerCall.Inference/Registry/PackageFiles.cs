using System.Security.Cryptography;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>Classifies the files of a package by their use.</summary>
internal static class PackageFiles
{
    private const string Samples = "samples/";

    /// <summary>Returns the files that serving needs: all but the card, the golden examples and their samples.</summary>
    public static IEnumerable<string> Serving(ModelManifest manifest) => manifest.Files.Keys
        .Where(f => f != manifest.Card && f != manifest.Golden && !f.StartsWith(Samples, StringComparison.Ordinal));

    /// <summary>Returns the files that a session loads into memory: the graph, and external weights.</summary>
    public static IEnumerable<string> Weights(ModelManifest manifest) => Serving(manifest).Where(f => f != manifest.Output?.Labels);

    /// <summary>Returns the bytes that a model counts against the memory budget.</summary>
    public static long WeightBytes(ModelManifest manifest, string folder) =>
        Weights(manifest).Sum(f => new FileInfo(Path.Combine(folder, f)).Length);

    /// <summary>Returns the files of a folder as paths in a package.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>Returns the SHA-256 hash in the form of <see cref="ModelManifest.Files"/>.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }
}
