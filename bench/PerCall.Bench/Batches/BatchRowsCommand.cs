using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary><c>batch-rows</c>: how much of a plain loop's rate a batch keeps, and what a second process adds.</summary>
internal static class BatchRowsCommand
{
    private const double BareSeconds = 10;

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 2 };
        var kinds =
            new Option<string[]>("--kind")
            {
                DefaultValueFactory = _ => [.. RowWork.All.Select(w => w.Name)],
                AllowMultipleArgumentsPerToken = true
            };
        var command = new Command(
            "batch-rows", "Rows a second of a batch, against decode and run in a plain loop, and with one process and two.") { rounds,
            kinds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), parsed.GetValue(kinds)!, cancellation));
        return command;
    }

    private static async Task RunAsync(int rounds, string[] kinds, CancellationToken cancellation)
    {
        var report = new Report("Rows of batches");
        using var folder = new TemporaryFolder();
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        List<IReadOnlyList<string>> rates = [], shares = [];
        string key;
        await using (var service = await StartAsync(bed))
        {
            key = await ServiceBed.KeyAsync(service, null, cancellation);
            await NetworkModel.PublishAsync(service, folder, cancellation);
        }

        foreach (var work in RowWork.All.Where(w => kinds.Contains(w.Name)))
        {
            var (path, few) = (
                await work.WriteAsync(folder, work.Rows, cancellation), await work.WriteAsync(folder, work.Rows / 8, cancellation));
            List<Round> found = [];
            for (var i = 0; i < rounds; i++)
            {
                var loop = await BareRowsCommand.RunAsync(work, BareSeconds, engine: null, cancellation);
                var twoLoops = (
                    await Task.WhenAll(
                        Enumerable.Range(0, 2).Select(_ => BareRowsCommand.RunAsync(work, BareSeconds, engine: null, cancellation)))).Sum();
                var engine = await BareRowsCommand.RunAsync(work, BareSeconds, path, cancellation);
                var (one, _) = await ScoreAsync(bed, key, work, path, few, 1, cancellation);
                var (two, storage) = await ScoreAsync(bed, key, work, path, few, 2, cancellation);
                Round round = new(loop, twoLoops, engine, one, two, storage);
                found.Add(round);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{work.Name}, round {i + 1}: a loop {round.Loop:0} rows/s, two {round.TwoLoops:0}, the engine without storage {round.Engine:0}, one process {round.One:0}, two {round.Two:0} with {round.Storage:0.00} of a processor for storage"));
            }

            double Median(Func<Round, double> of) => Statistics.Median(found.Select(of));
            string All(Func<Round, double> of) => string.Join(", ", found.Select(f => Share(of(f))));
            rates.Add(
                [work.Name,
                    .. new Func<Round, double>[] { r => r.Loop, r => r.TwoLoops, r => r.Engine, r => r.One, r => r.Two }
                        .Select(of => Number(Median(of)))]);
            shares.Add(
                [work.Name, Share(
                    Median(r => r.Engine / r.Loop)), Share(Median(r => r.One / r.Loop)), All(r =>
                        r.One / r.Loop), Share(Median(r => r.TwoLoops / r.Loop)), Share(Median(r => r.Two / r.One)), All(r =>
                            r.Two / r.One), Share(Median(r => r.Storage))]);
        }

        report.Paragraph($"""
            Rows a second of a batch from the first shard that is given out to the end, on one process with one thread for rows and on two such processes, over Azurite on the same two cores; against the same decoding and running in a plain
            loop on one thread, and two such loops at once, which is what this machine's two cores give. Between them, the batch's own code from the file's rows to lines of results on one thread, with neither storage nor another thread.
            Medians of {rounds} rounds in turns; all are warm (3 s, or an eighth of the rows). Digits are lines of JSON with pictures of 28 × 28 in base64, photographs an archive of JPEGs of 500 × 600 for MobileNetV2, mails lines of JSON, customers rows of a
            table of 18 columns as lines of JSON, run 256 at a time.
            """);
        report.Table(["rows/s", "plain loop", "two plain loops", "engine without storage", "one process", "two processes"], rates);
        report.Paragraph(
            $"Shares of the plain loop's rate (wanted: 0.92 by one process), and how many times one's rate two have (wanted: 1.9 by processes). Medians of the rounds' own ratios.");
        report.Table(
            ["", "engine without storage", "one process", "by round", "two plain loops, times", "two processes, times", "by round", "storage beside two, processors"], shares);
        // A part of the kinds does not replace the result of all.
        var name = kinds.Length == RowWork.All.Count ? "batch-rows" : $"batch-rows-{string.Join('-', kinds)}";
        await report.WriteAsync(name, cancellation);
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static Task<ServiceProcess> StartAsync(ServiceBed bed) => bed.StartMeteredAsync(("PerCall__Batches__Threads", "1"));

    /// <returns>Rows a second, and the processors that storage took meanwhile.</returns>
    private static async Task<(double Rate, double Storage)> ScoreAsync(
        ServiceBed bed, string key, RowWork work, string path, string few, int processes, CancellationToken cancellation)
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
            await ScoreAsync(bed, client, work, few, cancellation);
            var (batch, seconds, storage) = await ScoreAsync(bed, client, work, path, cancellation);
            return batch.RequestCounts.Completed == work.Rows ? (
                work.Rows / seconds, storage / seconds) : throw new InvalidOperationException($"{batch.RequestCounts} of {work.Rows}.");
        }
        finally
        {
            foreach (var service in services)
            {
                await service.DisposeAsync();
            }
        }
    }

    private static async Task<(Batch Batch, double Seconds, double Storage)> ScoreAsync(
        ServiceBed bed, PerCallClient client, RowWork work, string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        var id = await BatchRun.SendAsync(client, work.FileName, file, cancellation);
        var storage = bed.Azurite.ProcessorSeconds;
        var (batch, seconds) = await BatchRun.ScoreAsync(client, id, work.Endpoint, work.Model, cancellation);
        return (batch, seconds, bed.Azurite.ProcessorSeconds - storage);
    }

    private static Task WarmAsync(PerCallClient client, RowWork work, CancellationToken cancellation) => work.Name switch
    {
        "mails" => client.ClassifyTextAsync(["a"], work.Model, cancellation: cancellation),
        "customers" => client.PredictTableAsync([RowWork.Customer()], work.Model, cancellation: cancellation),
        _ => client.ClassifyImageAsync(File.ReadAllBytes(BenchFiles.Photo), work.Model, cancellation: cancellation),
    };

    /// <summary>Rows a second, and processors.</summary>
    private readonly record struct Round(double Loop, double TwoLoops, double Engine, double One, double Two, double Storage);
}
