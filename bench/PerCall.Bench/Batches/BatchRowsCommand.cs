using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary><c>batch-rows</c>: how much of a plain loop's rate a batch keeps, and what a second process adds.</summary>
internal static class BatchRowsCommand
{
    private const double BareSeconds = 10;

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3 };
        var kinds = new Option<string[]>("--kind") { DefaultValueFactory = _ => [.. RowWork.All.Select(w => w.Name)], AllowMultipleArgumentsPerToken = true };
        var command = new Command("batch-rows", "Rows a second of a batch, against decode and run in a plain loop, and with one process and two.") { rounds, kinds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), parsed.GetValue(kinds)!, cancellation));
        return command;
    }

    private static async Task RunAsync(int rounds, string[] kinds, CancellationToken cancellation)
    {
        var report = new Report("Rows of batches");
        using var folder = new TemporaryFolder();
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        List<IReadOnlyList<string>> table = [];
        string key;
        await using (var service = await StartAsync(bed))
        {
            key = await ServiceBed.KeyAsync(service, null, cancellation);
            await NetworkModel.PublishAsync(service, folder, cancellation);
        }

        foreach (var work in RowWork.All.Where(w => kinds.Contains(w.Name)))
        {
            var path = await work.WriteAsync(folder, cancellation);
            List<(double Bare, double One, double Two)> found = [];
            for (var round = 0; round < rounds; round++)
            {
                var bare = double.Parse(
                    await Tool.RunAsync("dotnet", [typeof(BatchRowsCommand).Assembly.Location, BareRowsCommand.Name, "--kind", work.Name, "--seconds", BareSeconds.ToString(CultureInfo.InvariantCulture)], Repository.Root, cancellation),
                    CultureInfo.InvariantCulture);
                found.Add((bare, await ScoreAsync(bed, key, work, path, 1, cancellation), await ScoreAsync(bed, key, work, path, 2, cancellation)));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work.Name}, round {round + 1}: bare {found[^1].Bare:0} rows/s, one process {found[^1].One:0}, two {found[^1].Two:0}"));
            }

            var (b, one, two) = (Statistics.Median(found.Select(f => f.Bare)), Statistics.Median(found.Select(f => f.One)), Statistics.Median(found.Select(f => f.Two)));
            table.Add([work.Name, Number(b), Number(one), Share(one / b), Number(two), Share(two / one), string.Join(", ", found.Select(f => Share(f.One / f.Bare))), string.Join(", ", found.Select(f => Share(f.Two / f.One)))]);
        }

        report.Paragraph($"""
            Rows a second of a batch from the first shard that is given out to the end, on one process with one thread for rows and on two such processes, over Azurite on the same two cores; against the same decoding and running in a plain
            loop on one thread. Medians of {rounds} rounds in turns. Digits are lines of JSON with pictures of 28 × 28 in base64, photographs an archive of JPEGs of 500 × 600 for MobileNetV2, mails lines of JSON. Wanted: 0.92 of the loop;
            1.9 times as much with two processes.
            """);
        report.Table(["rows", "plain loop", "one process", "share", "two processes", "times", "share by round", "times by round"], table);
        await report.WriteAsync("batch-rows", cancellation);
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static Task<ServiceProcess> StartAsync(ServiceBed bed) => bed.StartMeteredAsync(("PerCall__Batches__Threads", "1"));

    private static async Task<double> ScoreAsync(ServiceBed bed, string key, RowWork work, string path, int processes, CancellationToken cancellation)
    {
        var services = await Task.WhenAll(Enumerable.Range(0, processes).Select(_ => StartAsync(bed)));
        try
        {
            foreach (var service in services)
            {
                // Models are loaded on their first call.
                await WarmAsync(PerCallClient.Connect(service.Address, key), work, cancellation);
            }

            var client = PerCallClient.Connect(services[0].Address, key);
            await using var file = File.OpenRead(path);
            var id = await BatchRun.SendAsync(client, work.FileName, file, cancellation);
            var (batch, seconds) = await BatchRun.ScoreAsync(client, id, work.Endpoint, work.Model, cancellation);
            return batch.RequestCounts.Completed == work.Rows ? work.Rows / seconds : throw new InvalidOperationException($"{batch.RequestCounts} of {work.Rows}.");
        }
        finally
        {
            foreach (var service in services)
            {
                await service.DisposeAsync();
            }
        }
    }

    private static Task WarmAsync(PerCallClient client, RowWork work, CancellationToken cancellation) => work.Endpoint.Contains("text", StringComparison.Ordinal)
        ? client.ClassifyTextAsync(["a"], work.Model, cancellation: cancellation)
        : client.ClassifyImageAsync(File.ReadAllBytes(BenchFiles.Photo), work.Model, cancellation: cancellation);
}
