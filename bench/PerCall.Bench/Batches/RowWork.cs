using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PerCall.Bench.Running;
using PerCall.Bench.Text;
using PerCall.Inference.Images;
using PerCall.Inference.Registry;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary>Rows of one kind: as a file for a batch, and as a plain loop over the same pictures or texts.</summary>
/// <param name="Name">Of the kind.</param>
/// <param name="Model">That runs.</param>
/// <param name="Endpoint">Of the single call.</param>
/// <param name="Rows">Of the file.</param>
internal sealed record RowWork(string Name, string Model, string Endpoint, int Rows)
{
    private const int TopK = 5;
    private const int TextsAtOnce = 32;

    public static IReadOnlyList<RowWork> All { get; } =
    [
        new("digits", "digits", "/v1/images/classify", 300_000),
        new("photographs", BenchFiles.Network, "/v1/images/classify", 4_000),
        new("mails", "spam", "/v1/text/classify", 40_000),
    ];

    public string FileName => Name == "photographs" ? "rows.zip" : "rows.jsonl";

    /// <summary>The file, made once.</summary>
    public async Task<string> WriteAsync(TemporaryFolder folder, CancellationToken cancellation)
    {
        var path = folder.File($"{Name}-{FileName}");
        await using var file = File.Create(path);
        if (Name == "photographs")
        {
            var photo = await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation);
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            for (var i = 0; i < Rows; i++)
            {
                await using var entry = zip.CreateEntry($"{i:000000}.jpg", CompressionLevel.NoCompression).Open();
                await entry.WriteAsync(photo, cancellation);
            }

            return path;
        }

        await using var writer = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var images = Name == "digits" ? Digits().Select(Convert.ToBase64String).ToArray() : [];
        var texts = Name == "mails" ? BenchTexts.Read(Model) : [];
        for (var i = 0; i < Rows; i++)
        {
            await writer.WriteAsync(Name == "digits"
                ? $"{{\"id\":\"{i:000000}\",\"image\":\"{images[i % images.Length]}\"}}\n"
                : $"{JsonSerializer.Serialize(new { id = $"{i:000000}", input = texts[i % texts.Length] })}\n");
        }

        return path;
    }

    /// <summary>A plain loop's step, and how many rows it is.</summary>
    public async Task<(Action Step, int Rows)> BareAsync(CancellationToken cancellation)
    {
        if (Name == "mails")
        {
            var texts = await BareTexts.LoadAsync(Model, cancellation);
            return (() => texts.Batched(TextsAtOnce), TextsAtOnce);
        }

        var root = Name == "digits" ? Repository.Models : BenchFiles.Packages;
        var package = await new FolderPackageStore(root).FindAsync(Model, "1", cancellation);
        var model = await new ModelLoader(new ModelRegistryOptions { Threads = 1 }).LoadAsync(package!.Manifest, Path.Combine(root, Model, "1"), cancellation);
        var classifier = new ImageClassifier(ImageClassifier.DefaultMaxPixels);
        var images = Name == "digits" ? Digits() : [await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation)];
        var next = 0;
        return (() => classifier.Classify(model, images[next++ % images.Length], TopK, cancellation), 1);
    }

    private static byte[][] Digits() => [.. Directory.EnumerateFiles(Path.Combine(Repository.Models, "digits", "1", "samples"), "*.png").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}
