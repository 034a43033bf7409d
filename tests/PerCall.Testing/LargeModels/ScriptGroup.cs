using PerCall.Client;
using PerCall.StandIn;

namespace PerCall.Testing.LargeModels;

/// <summary>Calls that begin at once, the first ones of a new tenant with a budget of its own.</summary>
/// <param name="name">The tenant's id.</param>
/// <param name="calls">The calls.</param>
/// <param name="budget">Micro-units.</param>
internal sealed class ScriptGroup(string name, IReadOnlyList<ScriptedCall> calls, long budget)
{
    /// <summary>The beginning of a fault of a budget.</summary>
    public const string BudgetFault = "budget";

    private int _ended;
    private string _key = "";
    private string _account = "";
    private ReceivedCall[] _received = [];

    public IReadOnlyList<ReceivedCall> Received => _received;

    /// <summary>Calls that have ended so far.</summary>
    public int Ended => Volatile.Read(ref _ended);

    public async Task PrepareAsync(PerCallClient management, CancellationToken cancellation)
    {
        await management.PutPlanAsync(name, StandInModels.Plan(budget), cancellation);
        _account = (await management.CreateTenantAsync(new(name, "Scripted calls", name), cancellation)).Account;
        _key = (await management.CreateKeyAsync(new("all", ["call", "admin"]), name, cancellation)).Key;
    }

    /// <param name="service">The instance for each call.</param>
    /// <param name="cancellation">Ends the calls.</param>
    public async Task CallAsync(Func<int, Task<Uri>> service, CancellationToken cancellation)
    {
        using var caller = new ScriptCaller(_key);
        _received = await Task.WhenAll(calls.Select(async (call, i) =>
        {
            var received = await caller.CallAsync(await service(i), call, cancellation);
            Interlocked.Increment(ref _ended);
            return received;
        }));
    }

    /// <summary>
    /// Spends what is left of the budget, to the last micro-unit. That is possible only when no reservation is left, so all calls have
    /// ended when this returns.
    /// </summary>
    public async Task SpendRestAsync(Uri service, CancellationToken cancellation)
    {
        using var caller = new ScriptCaller(_key);
        var client = PerCallClient.Connect(service, _key);
        var number = 0;
        try
        {
            await Eventually.ComesToAsync(
                async () =>
                {
                    var used = await UsedAsync(client, cancellation);
                    if (used < budget)
                    {
                        await caller.CallAsync(service, Fill(number++, budget - used), cancellation);
                    }

                    return used;
                },
                used => used >= budget,
                $"the budget of {name}, {budget}, is spent to the last unit");
        }
        catch (TimeoutException)
        {
            // The comparison finds what is missing.
        }
    }

    /// <summary>Compares what was received with what was charged and emitted.</summary>
    /// <param name="service">An instance.</param>
    /// <param name="charges">The charges of all accounts.</param>
    /// <param name="emissions">What the provider did.</param>
    /// <param name="oracle">Decides about single charges.</param>
    /// <param name="cancellation">Ends the comparison.</param>
    public async Task<IReadOnlyList<string>> FaultsAsync(
        Uri service, ILookup<string, CallCharge> charges, Emissions emissions, ChargeOracle oracle, CancellationToken cancellation)
    {
        var own = charges[_account].ToList();
        var (journal, used) = (own.Sum(c => c.Charge), await UsedAsync(PerCallClient.Connect(service, _key), cancellation));
        List<string> faults =
        [
            .. _received.Select(r => (r.Call, Fault: oracle.FaultOf(r, emissions.Of(r.Call.Id)))).Where(f => f.Fault is not null)
                .Select(f => $"{f.Call} {f.Fault}"),
        ];
        using var caller = new ScriptCaller(_key);
        var beyond = await caller.CallAsync(service, Fill(-1, 1), cancellation);
        if (journal != budget || used != budget || beyond.Status != 402)
        {
            faults.Add(
                $"{BudgetFault} of {name}, {budget}: the journal has {journal}, the usage {used}, and a further call gets {beyond.Status}");
        }

        faults.AddRange(MatchFaults([.. own.Where(c => c.Model != StandInModels.Fill.Name)], emissions, oracle));
        return faults;
    }

    private IEnumerable<string> MatchFaults(IReadOnlyList<CallCharge> charges, Emissions emissions, ChargeOracle oracle)
    {
        string? Mismatch(int call, int charge) =>
            oracle.Mismatch(_received[call], charges[charge], emissions.Of(_received[call].Call.Id));
        var fits = new bool[_received.Length, charges.Count];
        for (var call = 0; call < _received.Length; call++)
        {
            for (var charge = 0; charge < charges.Count; charge++)
            {
                fits[call, charge] = Mismatch(call, charge) is null;
            }
        }

        // If the calls that must be charged can be paired with charges, and the charges with calls, both can be at once.
        int[] charged = [.. Enumerable.Range(0, _received.Length).Where(i => ChargeOracle.FaultWithout(_received[i]) is not null)];
        var ofCalls = Matching.Largest(charged.Length, charges.Count, (call, charge) => fits[charged[call], charge]);
        var ofCharges = Matching.Largest(charges.Count, _received.Length, (charge, call) => fits[call, charge]);
        foreach (var call in charged.Where((_, i) => ofCalls[i] < 0))
        {
            var received = _received[call];
            yield return $"{received.Call}: {ChargeOracle.FaultWithout(received)} (status {received.Status}, {received.Tokens} tokens, "
                + $"{(received.Ended ? "ended" : "cut")}, error {received.Error}, emitted {Emitted(emissions, received)})";
        }

        for (var charge = 0; charge < charges.Count; charge++)
        {
            if (ofCharges[charge] < 0)
            {
                var near = Enumerable.Range(0, _received.Length).Where(i => _received[i].Call.Model.Name == charges[charge].Model)
                    .OrderBy(i => Math.Abs(_received[i].Call.In + _received[i].Call.Cached - charges[charge].In - charges[charge].Cached))
                    .Take(1).Select(i => $"{_received[i].Call} {_received[i].Tokens} tokens: {Mismatch(i, charge)}");
                yield return $"{name}: the charge {charges[charge]} fits no call; nearest {string.Join("", near)}";
            }
        }
    }

    private static string Emitted(Emissions emissions, ReceivedCall received) =>
        string.Join(", ", emissions.Of(received.Call.Id).Select(e => $"{e.Out} at {e.Deployment} with {e.Status}"));

    private static async Task<long> UsedAsync(PerCallClient client, CancellationToken cancellation) =>
        (await client.GetUsageAsync(cancellation: cancellation)).Data.Sum(l => l.Charge);

    /// <summary>A call that costs exactly so much, and reserves exactly that.</summary>
    private ScriptedCall Fill(int number, long amount)
    {
        var tokens = (int)Math.Min(amount, StandInModels.MaxFill);
        return new()
        {
            Id = $"{name}-fill-{number}",
            Kind = CallKind.Chat,
            Model = StandInModels.Fill,
            Stream = false,
            PromptTokens = 1,
            Bound = tokens,
            Script = $"id={name}-fill-{number}; tokens=1; in=1; reasoning={tokens - 1}",
            Ending = Ending.Reported,
        };
    }
}
