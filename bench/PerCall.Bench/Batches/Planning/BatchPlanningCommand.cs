using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Bench.Text;
using PerCall.Testing;

namespace PerCall.Bench.Batches.Planning;

/// <summary><c>batch-planning</c>: how long the planning of a file of JSON Lines takes, and in how much memory, by its size.</summary>
internal static class BatchPlanningCommand
{
    private const int BlockBytes = 64_000_000;
    private static readonly int[] Gigabytes = [1, 3, 10];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3 };
        var command = new Command("batch-planning", "Seconds and memory of planning a batch of 1, 3 and 10 GB.") { rounds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), cancellation));
        return command;
    }

    private static async Task RunAsync(int rounds, CancellationToken cancellation)
    {
        var report = new Report("Planning a batch");
        await using var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        var container = new BlobContainerClient(azurite.ConnectionString, PlanBatchCommand.Container);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellation);
        var block = Block();
        foreach (var size in Gigabytes)
        {
            await WriteAsync(container, NameOf(size), block, (size * 1_000_000_000L + BlockBytes - 1) / BlockBytes, cancellation);
            Console.WriteLine($"{size} GB are there");
        }

        var found = Gigabytes.Select(_ => new List<double[]>()).ToList();
        for (var round = 0; round < rounds; round++)
        {
            var lines = (await Tool.RunAsync(
                "dotnet",
                [typeof(BatchPlanningCommand).Assembly.Location, PlanBatchCommand.Name, "--storage", azurite.ConnectionString, "--file", .. Gigabytes.Select(NameOf)],
                Repository.Root,
                cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var (line, results) in lines.Zip(found))
            {
                results.Add([.. line.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))]);
                Console.WriteLine($"round {round + 1}: {line}");
            }
        }

        var (slowest, most) = (Median(found[^1], 0), found.SelectMany(f => f).Max(f => f[1]));
        report.Paragraph($"""
            Files of JSON Lines (mails) on Azurite, planned in a process of its own with the service's own parts: the head is read, the first rows are run for a quarter of a second, and the file is cut by bytes. Milliseconds from the order to the plan; megabytes
            by which the process's peak was above what it had before (Linux's VmHWM, the model loaded); medians of {rounds} rounds. Lines are counted behind that, by all workers at once; here one after another in one process.
            **10 GB: {slowest:0} ms** (wanted: 1,000); **at most {most:0.0} MB** (wanted: 50).
            """);
        report.Table(
            ["GB", "planned, ms", "memory, MB", "shards", "lines counted, s"],
            found.Select(
                (f, i) =>
                    (string[])[$"{Gigabytes[i]}", Text(Median(f, 0), "0"), Text(Median(f, 1), "0.0"), Text(Median(f, 2), "0"),
                        Text(Median(f, 3), "0.0")]));
        await report.WriteAsync("batch-planning", cancellation);
    }

    private static string NameOf(int gigabytes) => $"{gigabytes}.jsonl";

    private static double Median(List<double[]> rounds, int column) => Statistics.Median(rounds.Select(r => r[column]));

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static byte[] Block()
    {
        var texts = BenchTexts.Read("spam");
        var text = new StringBuilder();
        for (var i = 0; text.Length < BlockBytes; i++)
        {
            text.Append(JsonSerializer.Serialize(new { id = i, input = texts[i % texts.Length] })).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static async Task WriteAsync(
        BlobContainerClient container, string name, byte[] block, long blocks, CancellationToken cancellation)
    {
        var blob = container.GetBlockBlobClient(name);
        List<string> ids = [];
        for (var i = 0; i < blocks; i++)
        {
            ids.Add(Convert.ToBase64String(Encoding.ASCII.GetBytes(i.ToString("0000", CultureInfo.InvariantCulture))));
            await blob.StageBlockAsync(ids[^1], new MemoryStream(block), cancellationToken: cancellation);
        }

        await blob.CommitBlockListAsync(ids, cancellationToken: cancellation);
    }
}
