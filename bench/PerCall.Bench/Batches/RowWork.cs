using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PerCall.Bench.Running;
using PerCall.Bench.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Images;
using PerCall.Functions.Predict;
using PerCall.Functions.Scoring;
using PerCall.Functions.Text;
using PerCall.Inference.Images;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;
using PerCall.Inference.Tables;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary>Rows of one kind: as a file for a batch, and as a plain loop over the same pictures or texts.</summary>
/// <param name="Name">Of the kind.</param>
/// <param name="Model">That runs.</param>
/// <param name="Endpoint">Of the single call.</param>
/// <param name="Rows">Of the file.</param>
internal sealed record RowWork(string Name, string Model, string Endpoint, int Rows)
{
    /// <summary>Of as many milliseconds as a batch's turn of its model has.</summary>
    private const int RowsAtOnce = 256;
    private const int TopK = 5;
    private const int TextsAtOnce = 32;

    public static IReadOnlyList<RowWork> All { get; } =
    [
        new("digits", "digits", "/v1/images/classify", 450_000),
        new("photographs", BenchFiles.Network, "/v1/images/classify", 6_000),
        new("mails", "spam", "/v1/text/classify", 60_000),
        new("customers", "churn", "/v1/tables/predict", 400_000),
    ];

    public string FileName => Name == "photographs" ? "rows.zip" : "rows.jsonl";

    /// <summary>A row of customers.</summary>
    public static JsonElement Customer() => JsonElement.Parse(Customers()[0]);

    /// <summary>A file of the first rows.</summary>
    public async Task<string> WriteAsync(TemporaryFolder folder, int rows, CancellationToken cancellation)
    {
        var path = folder.File($"{rows}-{Name}-{FileName}");
        await using var file = File.Create(path);
        if (Name == "photographs")
        {
            var photo = await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation);
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            for (var i = 0; i < rows; i++)
            {
                await using var entry = zip.CreateEntry($"{i:000000}.jpg", CompressionLevel.NoCompression).Open();
                await entry.WriteAsync(photo, cancellation);
            }

            return path;
        }

        await using var writer = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var images = Name == "digits" ? Digits().Select(Convert.ToBase64String).ToArray() : [];
        var texts = Name == "mails" ? BenchTexts.Read(Model) : [];
        var customers = Name == "customers" ? Customers() : [];
        for (var i = 0; i < rows; i++)
        {
            await writer.WriteAsync(Name switch
            {
                "digits" => $"{{\"id\":\"{i:000000}\",\"image\":\"{images[i % images.Length]}\"}}\n",
                "customers" => $"{{\"id\":\"{i:000000}\",\"row\":{customers[i % customers.Length]}}}\n",
                _ => $"{JsonSerializer.Serialize(new { id = $"{i:000000}", input = texts[i % texts.Length] })}\n",
            });
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

        var model = await LoadAsync(cancellation);
        if (Name == "customers")
        {
            ModelInput[] rows = [.. Customers().Select(ParseRow)];
            ModelInput[] run = [.. Enumerable.Range(0, RowsAtOnce).Select(i => rows[i % rows.Length])];
            return (() => ModelRunner.Run(model, run, new CallOptions(), cancellation), RowsAtOnce);
        }

        var classifier = new ImageClassifier(ImageClassifier.DefaultMaxPixels);
        var images = Name == "digits" ? Digits() : [await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation)];
        var next = 0;
        return (() => classifier.Classify(model, images[next++ % images.Length], TopK, cancellation), 1);
    }

    /// <summary>A batch's own way from the file's rows to lines of results, without storage: a step of the same kind.</summary>
    /// <param name="path">Of <see cref="WriteAsync"/>.</param>
    /// <param name="cancellation">Ends the loading.</param>
    public async Task<Func<Task<int>>> EngineAsync(string path, CancellationToken cancellation)
    {
        var (texts, images) = (Options.Create(new TextOptions()), Options.Create(new ImageOptions()));
        ITaskScorer scorer = Name switch
        {
            "mails" => new TextScorer(texts),
            "customers" => new PredictScorer(PredictTask.Tables, new PredictReader(texts, images)),
            _ => new ImageScorer(new(ImageClassifier.DefaultMaxPixels), images),
        };
        var format = Name == "photographs" ? InputFormat.Zip : InputFormat.JsonLines;
        var scoring = new RowScoring(
            await LoadAsync(cancellation), scorer, new RowParser(scorer, format, RowStyle.Plain, columns: null, models: []));
        var writer = new ResultWriter(
            "batch_00000000000000000000000000", RowStyle.Plain, _ => new(blob: null, 0, "", partBytes: 4 << 20), delimiter: null);
        var batch = new RowBatch();
        IRowReader? reader = null;
        return async () =>
        {
            reader ??= format == InputFormat.Zip
                ? await ArchiveAsync(path, ((IFileScorer)scorer).MaxFileBytes, cancellation)
                : new RecordReader(
                    File.OpenRead(path), new(0, long.MaxValue, 1), RecordScanner.Of(format, ',', LineEnds.LineFeed), scorer.MaxBytes);
            batch.Clear();
            if (!await reader.ReadAsync(batch, RowsAtOnce, cancellation))
            {
                await reader.DisposeAsync();
                reader = null;
                return 0;
            }

            scoring.Score(batch, writer, cancellation);
            await writer.StageAsync(all: false, cancellation);
            return batch.Rows.Count;
        };
    }

    private static async Task<ZipReader> ArchiveAsync(string path, int maxBytes, CancellationToken cancellation)
    {
        var archive = await ZipFile.OpenReadAsync(path, cancellation);
        return new(archive, [.. archive.Entries.Select(entry => new ZipEntryName(entry.FullName, IsPicture: true))], 1, maxBytes);
    }

    private async Task<LoadedModel> LoadAsync(CancellationToken cancellation)
    {
        var root = Name == "photographs" ? BenchFiles.Packages : Repository.Models;
        var package = await new FolderPackageStore(root).FindAsync(Model, "1", cancellation);
        return await new ModelLoader(
            new ModelRegistryOptions { Threads = 1 }).LoadAsync(package!.Manifest, Path.Combine(root, Model, "1"), cancellation);
    }

    /// <summary>The rows of the package's examples, as JSON.</summary>
    private static string[] Customers() =>
        [.. File.ReadLines(Path.Combine(Repository.Models, "churn", "1", "golden.jsonl")).Select(
            line => JsonElement.Parse(line).GetProperty("row").GetRawText())];

    private static TableRow ParseRow(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return TableRow.Read(ref reader);
    }

    private static byte[][] Digits() =>
        [.. Directory.EnumerateFiles(
            Path.Combine(Repository.Models, "digits", "1", "samples"), "*.png").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}
