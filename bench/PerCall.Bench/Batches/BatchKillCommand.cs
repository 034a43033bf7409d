using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Testing;
using PerCall.Testing.Batches;

namespace PerCall.Bench.Batches;

/// <summary>
/// <c>batch-kill</c>: batches while instances, and sometimes storage, are killed. Every row has to come out once, in order, and be charged
/// once.
/// </summary>
internal static class BatchKillCommand
{
    private const int Rows = 4000;
    private const int ShardRows = 18;

    public static Command Create()
    {
        var trials = new Option<int>("--trials") { DefaultValueFactory = _ => 200 };
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 3 };
        var first = new Option<int>("--first") { DefaultValueFactory = _ => 0, Description = "Number of the first trial, to repeat one." };
        var goesOn = new Option<bool>("--continue") { Description = "Goes on behind the last trial of an earlier run, and reports all." };
        var command = new Command(
            "batch-kill", "kill -9 of instances and of storage while batches run: every row once, in order, charged once.") { trials,
            instances, first, goesOn };
        command.SetAction((parsed, cancellation) =>
        {
            var kept = parsed.GetValue(goesOn) ? KeptTrials.Read() : KeptTrials.Begin();
            return RunAsync(
                kept, kept.Results.Count > 0 ? kept.Results.Count : parsed.GetValue(first), parsed.GetValue(trials),
                parsed.GetValue(instances), cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(KeptTrials kept, int first, int trials, int instances, CancellationToken cancellation)
    {
        var report = new Report("Batches under kills");
        var results = kept.Results;
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation, new() { WritesThrough = true });
        string key;
        await using (var service = await StartAsync(bed))
        {
            key = await ServiceBed.KeyAsync(service, null, cancellation);
        }

        for (var trial = first; trial < first + trials; trial++)
        {
            // In every fourth trial storage is killed as well.
            var random = new Random(trial);
            var (kills, storageKills) = (random.Next(2, 6), trial % 4 == 3 ? 1 : 0);
            var result = await new BatchKillTrial(bed.Azurite, () => StartAsync(bed), trial)
                .RunAsync(instances, kills, storageKills, BatchInput.Draw(Rows, trial), key, ServiceBed.Tenant, "sentiment", cancellation);
            kept.Add(result);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"trial {trial}: {result.Kills} instances and {result.StorageKills} storages killed, {result.Delivered} rows in {result.Seconds:0.0} s {(result.Faults.Count == 0 ? "holds" : "FAILS")}"));
            foreach (var fault in result.Faults)
            {
                Console.WriteLine($"  {fault}");
            }
        }

        var failed = results.Where(r => r.Faults.Count > 0).ToList();
        report.Paragraph($"""
            {results.Count} batches of {Rows} rows ({Rows / ShardRows} shards; sentiment) on {instances} processes over Azurite, each with 2 to 5 of the processes killed (SIGKILL) and started anew at random moments; in every fourth
            trial Azurite is killed, too, and started on its data (it writes through: what it has acknowledged is on disk, as with the service that it stands for). **{(failed.Count == 0 ? "It holds." : "IT DOES NOT HOLD.")}**
            """);
        report.Table(
            ["", "found", "wanted"],
            [
                ["trials in which every row came out once, in order, and was charged once", $"{results.Count - failed.Count}", $"{results.Count}"],
                ["batches that were stuck", $"{failed.Count(r => r.Faults.Any(f => f.StartsWith("stuck", StringComparison.Ordinal)))}", "0"],
                ["files of results that were there before they were whole", $"{failed.Count(r => r.Faults.Any(f => f.StartsWith("half", StringComparison.Ordinal)))}", "0"],
                ["instances killed while a batch ran", $"{results.Sum(r => r.Kills)}", ""],
                ["storages killed", $"{results.Sum(r => r.StorageKills)}", ""],
                ["rows delivered", $"{results.Sum(r => r.Delivered)}", ""],
                ["seconds for a batch, median and longest", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Statistics.Median(results.Select(r => r.Seconds)):0.0}, {results.Max(r => r.Seconds):0.0}"), ""],
            ]);
        if (results.Count > 1)
        {
            await report.WriteAsync("batch-kill", cancellation);
        }

        return failed.Count == 0 ? 0 : 1;
    }

    private static Task<ServiceProcess> StartAsync(ServiceBed bed) => bed.StartMeteredAsync(
        ("PerCall__Batches__ShardRows", ShardRows.ToString(CultureInfo.InvariantCulture)),
        // What is waited for before something is taken for dead, so that a trial takes seconds.
        ("PerCall__Batches__PresenceInterval", "00:00:01"),
        ("PerCall__Idempotency__Lapse", "00:00:03"));
}
