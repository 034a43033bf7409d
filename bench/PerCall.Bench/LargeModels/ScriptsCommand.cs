using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.StandIn;
using PerCall.Testing;
using PerCall.Testing.LargeModels;

namespace PerCall.Bench.LargeModels;

/// <summary>
/// <c>large-model-scripts</c>: scripted calls of large models while instances and storage are killed. Every delivered token has to be
/// charged once, nothing else, and no budget passed.
/// </summary>
internal static class ScriptsCommand
{
    private const int Tenants = 6;

    public static Command Create()
    {
        var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 10_000 };
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 4 };
        var kills = new Option<int>("--kills") { DefaultValueFactory = _ => 40, Description = "Of instances." };
        var storageKills = new Option<int>("--storage-kills") { DefaultValueFactory = _ => 5 };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var command = new Command(
            "large-model-scripts", "Scripted calls of large models under kill -9 of instances and storage: charges and budgets.") { calls,
            instances, kills, storageKills, seed };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(calls), parsed.GetValue(instances), new(parsed.GetValue(kills), parsed.GetValue(storageKills)),
            parsed.GetValue(seed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int calls, int instances, Kills kills, int seed, CancellationToken cancellation)
    {
        var report = new Report("Large models under kills");
        await using var provider = await StandInProvider.StartAsync();
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation, new() { WritesThrough = true });
        Task<ServiceProcess> StartAsync() => bed.StartMeteredAsync(
            StandInModels.Settings(provider.Address).Select(s => (s.Name, s.Value!))
                // What is waited for before an instance counts as dead, so that its budget is free again.
                .Append(("PerCall__Limits__LeaseSeconds", "6")));
        await using var processes = new KilledProcesses(bed.Azurite, StartAsync, seed);
        var trial = new ScriptTrial(provider, bed.ConnectionString, seed, killed: kills.Instances + kills.Storages > 0);
        await using (var management = await StartAsync())
        {
            await trial.PrepareAsync(PerCallClient.Connect(management.Address, ServiceBed.OperatorKey), calls, cancellation);
        }

        await processes.StartAsync(instances);
        var calling = trial.CallAsync(processes.AddressAsync, Tenants, cancellation);
        var killed = await processes.KillAsync(kills, () => trial.Ended, calls, calling, cancellation);
        await calling;
        await processes.RestoreAsync();
        var result = await trial.CheckAsync(await processes.AddressAsync(0), cancellation);

        Write(report, result, instances, killed);
        foreach (var fault in result.Faults)
        {
            Console.WriteLine(fault);
        }

        await report.WriteAsync("large-model-scripts", cancellation);
        return result.Faults.Count == 0 ? 0 : 1;
    }

    private static void Write(Report report, ScriptTrialResult result, int instances, Kills killed)
    {
        var calls = result.Calls;
        report.Paragraph($"""
            {calls.Count:N0} seeded random scripts of {result.Tenants} tenants on {instances} processes. Each tenant has 2 to 64 first calls
            at once and a budget of its own. {killed.Instances} times a process was killed (SIGKILL) and started anew, and {killed.Storages}
            times Azurite, which writes through. The scripts have all shapes: usage missing, twice, negative, absurd, with hidden and cached
            tokens, answers that are cut, reset, stalled, invalid or refused, failover, and callers who leave before, during and after the
            answer. **{(result.Faults.Count == 0 ? "It holds." : "IT DOES NOT HOLD.")}**
            """);
        report.Table(
            ["", "found", "wanted"],
            [
                ["answers that arrived whole", N(calls.Count(c => c is { Status: 200, Ended: true, Error: null })), ""],
                ["answers that broke off", N(calls.Count(c => c is { Status: 200, Error: not null })), ""],
                ["callers who left", N(calls.Count(c => c.Left)), ""],
                ["calls cut off by a kill", N(calls.Count(c => c.Broke)), ""],
                ["calls refused for the budget", N(calls.Count(c => c.Status == 402)), ""],
                ["calls refused otherwise", N(calls.Count(c => c.Status is not (0 or 200 or 402))), ""],
                ["tokens delivered", N(calls.Sum(c => c.Tokens)), ""],
                ["charges that were corrected", N(result.Corrections), ""],
                ["budgets spent to the last micro-unit, and no further", N(result.Tenants - result.BudgetFaults), N(result.Tenants)],
                ["calls and charges that do not agree", N(result.Faults.Count - result.BudgetFaults), "0"],
            ]);
    }

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
