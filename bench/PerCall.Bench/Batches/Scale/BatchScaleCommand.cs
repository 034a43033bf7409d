using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Hosting.Configuration;
using PerCall.Testing;

namespace PerCall.Bench.Batches.Scale;

/// <summary>
/// <c>batch-scale</c>: what a batch of a billion rows would ask of storage, and how long it would take; simulated, with what a real batch
/// was counted to ask beside what the simulation has for the same.
/// </summary>
internal static class BatchScaleCommand
{
    private const long Rows = 1_000_000_000;
    private const int CountedShards = 300;
    private const int CountedProcesses = 2;

    // Seconds. Azure answers such small requests in milliseconds; Azurite, where both cores are busy, takes longer.
    private const double Latency = 0.02;
    private const double OfAzurite = 0.01;

    private static readonly int[] Instances = [1, 10, 100, 1000];

    private static readonly QueueSettings Queues = ReadQueueSettings();

    // Rows a second on one thread are of batch-rows; bytes of a row and of its result are those of the files there.
    private static readonly (string Name, RowSample Sample)[] Kinds =
    [
        ("digits", new(9000, 420, 330)),
        ("mails", new(1100, 260, 330)),
        ("photographs in lines", new(140, 105_000, 420)),
    ];

    public static Command Create()
    {
        var command = new Command("batch-scale", "A batch of a billion rows against the limits of storage, simulated.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("A billion rows");
        await CompareAsync(report, cancellation);
        Simulate(report);
        await report.WriteAsync("batch-scale", cancellation);
    }

    /// <summary>Counts what a real batch asks of storage, and has the same one simulated.</summary>
    private static async Task CompareAsync(Report report, CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation, new() { Preloaded = [CountedStorage.Script] });
        var work = RowWork.All.Single(w => w.Name == "digits");
        var rowsOfOne = work.Rows / CountedShards;
        (string, string)[] settings = [(
            "PerCall__Batches__Threads", "1"), ("PerCall__Batches__ShardRows", rowsOfOne.ToString(CultureInfo.InvariantCulture))];
        await using var one = await bed.StartMeteredAsync(settings);
        await using var two = await bed.StartMeteredAsync(settings);
        var client = PerCallClient.Connect(one.Address, await ServiceBed.KeyAsync(one, null, cancellation));
        var path = await work.WriteAsync(folder, work.Rows, cancellation);
        await using var file = File.OpenRead(path);
        var id = await BatchRun.SendAsync(client, work.FileName, file, cancellation);
        var storage = new CountedStorage(bed.ConnectionString);

        var before = await storage.ReadAsync(cancellation);
        var (batch, seconds) = await BatchRun.ScoreAsync(client, id, work.Endpoint, work.Model, cancellation, TimeSpan.FromSeconds(1));
        var counted = (await storage.ReadAsync(cancellation)).Zip(before, (a, b) => a - b).ToArray();

        var simulated = new SimulatedStorage(OfAzurite);
        var sample = new RowSample(
            work.Rows / seconds / CountedProcesses, file.Length / (double)work.Rows, batch.Files![0].Bytes / (double)work.Rows);
        var simulation = new JobSimulation(
            new(work.Rows, sample, new BatchOptions { ShardRows = rowsOfOne }), Queues, CountedProcesses, 1, simulated);
        var simulatedSeconds = simulation.Run();

        report.Paragraph($"""
            **Held against a real batch**: {work.Rows:N0} digits in {CountedShards} shards on {CountedProcesses} processes of one thread each, over an Azurite that counts requests; and the simulation of the same, which was told only what a thread did a second.
            The batch took {seconds:0.0} s, the simulated one {simulatedSeconds:0.0} s.
            """);
        report.Table(
            ["operation", "counted", "simulated", "counted for a shard"],
            Enum.GetValues<StorageOperation>().Where(
                o => o is not (StorageOperation.PresenceRead or StorageOperation.PresenceWritten)).Select(o => (string[])
            [
                o.ToString(), Number(counted[(int)o]), Number(Simulated(simulated, o)),
                (counted[(int)o] / (double)counted[(int)StorageOperation.RowInserted]).ToString("0.00", CultureInfo.InvariantCulture),
            ]));
        report.Paragraph(
            $"`JobRead` and `JobWritten` are all requests on the table `jobs`, signs of life among them. **For a shard, all in all: {counted.Sum() / (double)counted[(int)StorageOperation.RowInserted]:0.0}** (wanted: at most 6).");
    }

    /// <summary>Reads the settings of queues from host.json, as the local host does.</summary>
    private static QueueSettings ReadQueueSettings()
    {
        List<string> faults = [];
        var builder = new ConfigurationBuilder();
        HostConfiguration.AddSources(builder, Repository.Root, [], faults);
        var queues = HostJson.Read(builder.Build(), development: false, faults).Queues;
        return faults.Count == 0 ? queues : throw new InvalidOperationException(string.Join(' ', faults));
    }

    private static long Simulated(SimulatedStorage storage, StorageOperation operation) => storage.Counts[(int)operation] + operation switch
    {
        StorageOperation.JobRead => storage.Counts[(int)StorageOperation.PresenceRead],
        StorageOperation.JobWritten => storage.Counts[(int)StorageOperation.PresenceWritten],
        _ => 0,
    };

    private static void Simulate(Report report)
    {
        List<string[]> table = [];
        List<string[]> limits = [];
        foreach (var (name, sample) in Kinds)
        {
            foreach (var instances in Instances)
            {
                var storage = new SimulatedStorage(Latency);
                var simulation = new JobSimulation(new(Rows, sample, new()), Queues, instances, 1, storage);
                var seconds = simulation.Run();
                var ideal = Rows / sample.RowsPerSecond / instances;
                table.Add(
                [
                    name, Number(instances), Number(simulation.Shards), Number((long)simulation.Work),
                    $"{simulation.Parts} × {simulation.PartBytes / 1e6:0.0} MB",
                    TimeSpan.FromSeconds((long)seconds).ToString("g", CultureInfo.InvariantCulture),
                    (ideal / seconds).ToString("0.000", CultureInfo.InvariantCulture),
                    (storage.Counts.Sum() / (double)simulation.Shards).ToString("0.0", CultureInfo.InvariantCulture),
                ]);
                Console.WriteLine(string.Join(", ", table[^1]));
                if (instances == Instances[^1])
                {
                    limits.AddRange(StorageLimit.All.Select((l, i) => (string[])
                    [
                        l.Name, name, Number((long)l.PerSecond), Number(storage.Busiest(i)), Number((long)storage.Waited[i]),
                    ]));
                }
            }
        }

        report.Paragraph($"""
            **{Rows:N0} rows** in one batch, simulated with the service's own rules for the size of shards, for how many are given out and when; instances of one thread; {Latency * 1000:0} ms for an operation that waits for nothing. Share: of the time that the rows
            alone would take on so many threads. Jobs that take longer than a day expire; they are here to show the shares.
            The simulation takes batch sizes, thresholds, intervals and connections from host.json, from the defaults of `PerCall:Batches`, and from the constants of the service's classes.
            """);
        report.Table(["rows", "instances", "shards", "seconds of one", "blocks of one", "took", "share", "operations a shard"], table);
        report.Paragraph(
            $"What limits storage, with {Instances[^1]:N0} instances: requests a second that are allowed, those of the busiest second, and seconds that all operations together waited for their turns.");
        report.Table(["limit", "rows", "allowed", "busiest second", "waited, s"], limits);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
