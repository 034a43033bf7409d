using System.Security.Cryptography;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>What the files of a package are for.</summary>
internal static class PackageFiles
{
    private const string Samples = "samples/";

    /// <summary>Those that serving needs: all but the card, the golden examples and their samples.</summary>
    public static IEnumerable<string> Serving(ModelManifest manifest) => manifest.Files.Keys
        .Where(f => f != manifest.Card && f != manifest.Golden && !f.StartsWith(Samples, StringComparison.Ordinal));

    /// <summary>Those that end up in memory as a session: the graph, and weights beside it.</summary>
    public static IEnumerable<string> Weights(ModelManifest manifest) => Serving(manifest).Where(f => f != manifest.Output?.Labels);

    /// <summary>What a model counts for in memory.</summary>
    public static long WeightBytes(ModelManifest manifest, string folder) =>
        Weights(manifest).Sum(f => new FileInfo(Path.Combine(folder, f)).Length);

    /// <summary>SHA-256, as <see cref="ModelManifest.Files"/> writes it.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }
}
