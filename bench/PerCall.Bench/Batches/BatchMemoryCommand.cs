using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PerCall.Bench.Memory;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Bench.Text;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary><c>batch-memory</c>: what a batch takes of memory above its model's, by its file.</summary>
internal static class BatchMemoryCommand
{
    private const long Bytes = 1_000_000_000;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(60);

    private static readonly FileKind[] Kinds =
    [
        new("mails, JSON Lines, 1 GB", "rows.jsonl", TextEndpoint, "spam", async f => await WriteLinesAsync(f, table: false)),
        new("mails, CSV, 1 GB", "rows.csv", TextEndpoint, "spam", async f => await WriteLinesAsync(f, table: true)),
        new("mails, JSON Lines as gzip, 1 GB unpacked", "rows.jsonl.gz", TextEndpoint, "spam", WritePackedAsync),
        new("one line of 1 GB", "rows.jsonl", TextEndpoint, "spam", WriteOneLineAsync),
        new("1,000,000,000 empty lines", "rows.jsonl", TextEndpoint, "spam", WriteEmptyAsync),
        new("4,000 photographs, ZIP", "rows.zip", "/v1/images/classify", BenchFiles.Network, WritePicturesAsync),
    ];

    private const string TextEndpoint = "/v1/text/classify";

    public static Command Create()
    {
        var command = new Command("batch-memory", "Memory of the service above its model's while a batch runs, by the batch's file.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Memory of batches");
        using var folder = new TemporaryFolder();
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        string key;
        await using (var service = await bed.StartMeteredAsync())
        {
            key = await ServiceBed.KeyAsync(service, null, cancellation);
            await NetworkModel.PublishAsync(service, folder, cancellation);
        }

        List<(FileKind Kind, double Before, double Peak, long Rows)> found = [];
        foreach (var kind in Kinds)
        {
            var path = folder.File(kind.FileName);
            await using (var file = File.Create(path))
            {
                await kind.Write(file);
            }

            found.Add(await MeasureAsync(bed, key, kind, path, cancellation));
            Console.WriteLine(found[^1]);
            File.Delete(path);
        }

        report.Paragraph($"""
            A service of its own for each file, its model loaded and one call made; then the file is planned, counted and scored, until it is done or for {Enough.TotalSeconds:0} seconds, and then cancelled, so that what is done is put together. Resident memory,
            MB, before, and the highest meanwhile. **At most {found.Max(f => f.Peak - f.Before):0} MB more** (wanted: 300).
            """);
        report.Table(
            ["file", "before", "highest", "more", "rows"],
            found.Select(
                f =>
                    (string[])[f.Kind.Name, Text(f.Before), Text(f.Peak), Text(f.Peak - f.Before), f.Rows.ToString(
                        "N0", CultureInfo.InvariantCulture)]));
        await report.WriteAsync("batch-memory", cancellation);
    }

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static async Task<(FileKind Kind, double Before, double Peak, long Rows)> MeasureAsync(
        ServiceBed bed, string key, FileKind kind, string path, CancellationToken cancellation)
    {
        await using var service = await bed.StartMeteredAsync();
        var client = PerCallClient.Connect(service.Address, key);
        await (kind.Endpoint == TextEndpoint
            ? client.ClassifyTextAsync(["a"], kind.Model, cancellation: cancellation)
            : (Task)client.ClassifyImageAsync(
                await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation), kind.Model, cancellation: cancellation));
        await using var file = File.OpenRead(path);
        var id = await BatchRun.SendAsync(client, kind.FileName, file, cancellation);
        ProcessMemory.Forget(service.Id);
        var before = ProcessMemory.Resident(service.Id);
        var batch = await client.CreateBatchAsync(new() { InputFileId = id, Endpoint = kind.Endpoint, Model = kind.Model }, cancellation);
        long scoring = 0;
        while (batch.Status is not ("completed" or "failed" or "cancelled"))
        {
            await Task.Delay(100, cancellation);
            batch = await client.GetBatchAsync(batch.Id, cancellation);
            scoring = scoring == 0 && batch.Status == "in_progress" ? Stopwatch.GetTimestamp() : scoring;
            if (scoring != 0 && batch.Status == "in_progress" && Stopwatch.GetElapsedTime(scoring) > Enough)
            {
                await client.CancelBatchAsync(batch.Id, cancellation);
            }
        }

        return (kind, before, ProcessMemory.Peak(service.Id), batch.RequestCounts.Completed + batch.RequestCounts.Failed);
    }

    private static async Task WriteLinesAsync(Stream file, bool table)
    {
        var texts = BenchTexts.Read("spam");
        await using var writer = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 20, leaveOpen: true);
        await writer.WriteAsync(table ? "id,text\n" : "");
        for (long i = 0, written = 0; written < Bytes; i++)
        {
            var text = texts[(int)(i % texts.Length)];
            var line = table
                ? $"{i},\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n" : $"{JsonSerializer.Serialize(new { id = i, input = text })}\n";
            await writer.WriteAsync(line);
            written += line.Length;
        }
    }

    private static async Task WritePackedAsync(Stream file)
    {
        await using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
        await WriteLinesAsync(gzip, table: false);
    }

    private static async Task WriteOneLineAsync(Stream file)
    {
        await file.WriteAsync("{\"id\": 1, \"input\": \""u8.ToArray());
        await FillAsync(file, (byte)'a');
        await file.WriteAsync("\"}\n"u8.ToArray());
    }

    private static async Task WriteEmptyAsync(Stream file)
    {
        await FillAsync(file, (byte)'\n');
        await file.WriteAsync("{\"id\": 1, \"input\": \"a\"}\n"u8.ToArray());
    }

    private static async Task FillAsync(Stream file, byte with)
    {
        var block = new byte[1_000_000];
        Array.Fill(block, with);
        for (long written = 0; written < Bytes; written += block.Length)
        {
            await file.WriteAsync(block);
        }
    }

    private static async Task WritePicturesAsync(Stream file)
    {
        var photo = await File.ReadAllBytesAsync(BenchFiles.Photo);
        await using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        for (var i = 0; i < 4000; i++)
        {
            await using var entry = await zip.CreateEntry($"{i:0000}.jpg", CompressionLevel.NoCompression).OpenAsync();
            await entry.WriteAsync(photo);
        }
    }

    private sealed record FileKind(string Name, string FileName, string Endpoint, string Model, Func<Stream, Task> Write);
}
