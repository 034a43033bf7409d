using System.IO.Compression;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Cli.Models;

/// <summary>Makes the ZIP of a package.</summary>
internal static class PackageZip
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Verifies the package in a folder, as the service does, except for what only the service knows.</summary>
    /// <exception cref="PerCall.Inference.PackageRefusedException">The package has faults.</exception>
    public static async Task<ModelManifest> VerifyAsync(string folder, CancellationToken cancellation)
    {
        await FileHashes.CompleteAsync(folder, cancellation);
        var verifier = new PackageVerifier(
            new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));
        return await verifier.VerifyAsync(folder, new() { OnlyNamed = true }, cancellation);
    }

    /// <summary>Writes the files that the manifest names. Weights hardly compress, so the largest files are stored as they are.</summary>
    public static async Task WriteAsync(
        ModelManifest manifest, string folder, string file, ProgressLine progress, CancellationToken cancellation)
    {
        const long StoredFrom = 64 << 20;
        string[] names = [ModelManifest.FileName, .. manifest.Files.Keys];
        var total = names.Sum(n => new FileInfo(Path.Combine(folder, n)).Length);
        long done = 0;
        await using var zip = await ZipFile.OpenAsync(file, ZipArchiveMode.Create, cancellation);
        var buffer = new byte[BufferBytes];
        foreach (var name in names)
        {
            await using var from = File.OpenRead(Path.Combine(folder, name));
            var entry = zip.CreateEntry(name, from.Length >= StoredFrom ? CompressionLevel.NoCompression : CompressionLevel.Fastest);
            await using var to = await entry.OpenAsync(cancellation);
            int read;
            while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
                progress.Show("packing", done += read, total);
            }
        }
    }
}
