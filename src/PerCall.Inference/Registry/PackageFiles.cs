using System.Security.Cryptography;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>Classifies the files of a package by their use.</summary>
internal static class PackageFiles
{
    private const string Samples = "samples/";
    private const int CopyBytes = 256 << 10;

    /// <summary>Returns the files that serving needs: all but the card, the golden examples and their samples.</summary>
    public static IEnumerable<string> Serving(ModelManifest manifest) => manifest.Files.Keys
        .Where(f => f != manifest.Card && f != manifest.Golden && !f.StartsWith(Samples, StringComparison.Ordinal));

    /// <summary>Returns the files that a session loads into memory: the graph, and external weights.</summary>
    public static IEnumerable<string> Weights(ModelManifest manifest) => Serving(manifest).Where(f => f != manifest.Output?.Labels);

    /// <summary>Returns the bytes that a model counts against the memory budget.</summary>
    public static long WeightBytes(ModelManifest manifest, string folder) => Bytes(Weights(manifest), folder);

    /// <summary>Returns the size of files in bytes.</summary>
    public static long Bytes(IEnumerable<string> files, string folder) => files.Sum(f => new FileInfo(Path.Combine(folder, f)).Length);

    /// <summary>Returns the files of a folder as paths in a package.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>Returns the SHA-256 hash in the form of <see cref="ModelManifest.Files"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="report">Gets the number of bytes of each read; null: nobody asks.</param>
    /// <param name="cancellation">Cancels the read.</param>
    public static async Task<string> HashAsync(string path, Action<long>? report, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(path);
        return await CopyAsync(stream, Stream.Null, report, cancellation);
    }

    /// <summary>Copies a file.</summary>
    /// <returns>Its hash, as <see cref="HashAsync"/>.</returns>
    /// <inheritdoc cref="HashAsync" path="/param[@name='report']"/>
    public static async Task<string> CopyAsync(Stream from, Stream to, Action<long>? report, CancellationToken cancellation)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[CopyBytes];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
        {
            sha.AppendData(buffer.AsSpan(0, read));
            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
            report?.Invoke(read);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
