using PerCall.Client;
using PerCall.StandIn;
using PerCall.Testing.Charges;

namespace PerCall.Testing.LargeModels;

/// <summary>What came of scripted calls.</summary>
public sealed record ScriptTrialResult
{
    /// <summary>What is wrong; empty: the invariants hold.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>Number of budgets that were passed, or could not be spent to the last unit.</summary>
    public required int BudgetFaults { get; init; }

    /// <summary>The calls with what their callers received.</summary>
    public required IReadOnlyList<ReceivedCall> Calls { get; init; }

    /// <summary>Number of tenants, each with a budget of its own.</summary>
    public required int Tenants { get; init; }

    /// <summary>Micro-units of all charges.</summary>
    public required long Charged { get; init; }

    /// <summary>Charges of calls that were corrected to the provider's usage or to what was sent.</summary>
    public required int Corrections { get; init; }
}

/// <summary>
/// Scripted calls of many tenants at once, 2 to 64 first calls of each together, some with a budget for few of them. Afterwards every
/// charge has to be that of one call, and every budget has to be spendable to its last micro-unit and no further.
/// </summary>
/// <param name="provider">The provider of the service's models.</param>
/// <param name="storage">The service's storage.</param>
/// <param name="seed">Of the scripts.</param>
/// <param name="killed">Whether instances or storage are killed meanwhile.</param>
public sealed class ScriptTrial(StandInProvider provider, string storage, int seed, bool killed)
{
    private const int MaxGroup = 64;
    private const long Ample = 5_000_000;

    private readonly List<ScriptGroup> _groups = [];

    /// <summary>Calls that have ended so far.</summary>
    public int Ended => _groups.Sum(g => g.Ended);

    /// <summary>Creates the tenants.</summary>
    /// <param name="management">A client with the operator's key.</param>
    /// <param name="calls">Number of calls.</param>
    /// <param name="cancellation">Ends the creation.</param>
    public async Task PrepareAsync(PerCallClient management, int calls, CancellationToken cancellation)
    {
        var random = new Random(seed);
        for (var left = calls; left > 0;)
        {
            var size = Math.Min(left, random.Next(2, MaxGroup + 1));
            var name = $"scripts-{seed}-{_groups.Count}";
            var scripts = new ScriptedCalls(new Random(random.Next()), name);
            ScriptedCall[] drawn = [.. Enumerable.Range(0, size).Select(_ => scripts.Draw())];
            // Every third budget is too small for all its calls.
            var cost = drawn.Sum(Expected);
            var budget = _groups.Count % 3 == 2 ? Math.Max(1, random.NextInt64(cost)) : Ample;
            _groups.Add(new(name, drawn, budget));
            left -= size;
        }

        await Parallel.ForEachAsync(_groups, cancellation, async (group, token) => await group.PrepareAsync(management, token));
    }

    /// <summary>Makes all calls.</summary>
    /// <param name="service">Returns an instance for the call with this number.</param>
    /// <param name="tenants">Number of tenants that call at once.</param>
    /// <param name="cancellation">Ends the calls.</param>
    public Task CallAsync(Func<int, Task<Uri>> service, int tenants, CancellationToken cancellation) => Parallel.ForEachAsync(
        _groups, new ParallelOptions { MaxDegreeOfParallelism = tenants, CancellationToken = cancellation },
        async (group, token) => await group.CallAsync(service, token));

    /// <summary>Spends all budgets, and compares.</summary>
    public async Task<ScriptTrialResult> CheckAsync(Uri service, CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(_groups, cancellation, async (group, token) => await group.SpendRestAsync(service, token));
        var events = await WrittenCharge.ReadAllAsync(storage, cancellation);
        var charges = events.GroupBy(e => e.Account, StringComparer.Ordinal)
            .SelectMany(g => CallCharge.From(g).Select(c => (Account: g.Key, Charge: c)))
            .ToLookup(c => c.Account, c => c.Charge, StringComparer.Ordinal);
        var oracle = new ChargeOracle(killed);
        List<string> faults =
        [
            .. events.CountBy(e => e.Id).Where(e => e.Value > 1).Select(e => $"the journal has the event {e.Key} {e.Value} times"),
        ];
        foreach (var group in _groups)
        {
            faults.AddRange(await group.FaultsAsync(service, charges, provider.Emissions, oracle, cancellation));
        }

        return new()
        {
            Faults = faults,
            BudgetFaults = faults.Count(f => f.StartsWith(ScriptGroup.BudgetFault, StringComparison.Ordinal)),
            Calls = [.. _groups.SelectMany(g => g.Received)],
            Tenants = _groups.Count,
            Charged = events.Sum(e => e.Charge),
            Corrections = events.Count(e => e.Units < 0),
        };
    }

    private static long Expected(ScriptedCall call) => call.Model.PriceOf("token_in", call.In + call.Cached)
        + call.Model.PriceOf("token_out", call.Out) + call.Model.PriceOf("audio_second", call.Seconds);
}
