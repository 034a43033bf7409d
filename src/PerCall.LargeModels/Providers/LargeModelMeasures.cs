using System.Diagnostics;
using System.Diagnostics.Metrics;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>The metrics of large models. No attribute identifies a tenant.</summary>
public static class LargeModelMeasures
{
    public const string MeterName = "PerCall.LargeModels";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Calls = Meter.CreateCounter<long>(
        "percall.large_model.calls", "{call}", "Calls sent to deployments of large models. A call that fails over counts once for each.");
    private static readonly Counter<long> Failovers = Meter.CreateCounter<long>(
        "percall.large_model.failovers", "{failover}", "Calls that went on from a deployment to another one.");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>(
        "percall.large_model.tokens", "{token}", "Tokens of large models that their providers bill.");
    private static readonly Counter<long> Cost = Meter.CreateCounter<long>(
        "percall.large_model.cost", "{microunit}", "What providers bill, in micro-units of the currency, by the configured prices.");

    /// <summary>Counts what a provider bills for a call.</summary>
    /// <param name="model">The public model name.</param>
    /// <param name="deployment">The deployment that answered.</param>
    /// <param name="usage">The units.</param>
    /// <param name="basis">What the usage is based on.</param>
    public static void Used(string model, Deployment deployment, TokenUsage usage, UsageBasis basis)
    {
        var outcome = basis == UsageBasis.Reported ? "reported" : "counted";
        Add(Tokens, usage.In, model, deployment, outcome, "in");
        Add(Tokens, usage.CachedIn, model, deployment, outcome, "cached_in");
        Add(Tokens, usage.Out, model, deployment, outcome, "out");
        if (deployment.Prices is { } prices)
        {
            Add(Cost, prices.Of(usage), model, deployment, outcome);
        }
    }

    internal static void Called(string model, Deployment deployment, string outcome) => Add(Calls, 1, model, deployment, outcome);

    internal static void FailedOver(string model, Deployment from, ProviderFault fault) => Add(Failovers, 1, model, from, Outcome(fault));

    internal static string Outcome(ProviderFault fault) => fault switch
    {
        ProviderFault.RateLimited => "rate_limited",
        ProviderFault.ServerError => "server_error",
        ProviderFault.InvalidAnswer => "invalid_answer",
        ProviderFault.Timeout => "timeout",
        ProviderFault.Unreachable => "unreachable",
        ProviderFault.CircuitOpen => "circuit_open",
        ProviderFault.Busy => "busy",
        ProviderFault.Misconfigured => "misconfigured",
        _ => throw new UnreachableException(),
    };

    private static void Add(
        Counter<long> counter, long amount, string model, Deployment deployment, string outcome, string? kind = null)
    {
        if (amount <= 0)
        {
            return;
        }

        TagList tags = new() { { "percall.model", model }, { "percall.deployment", deployment.Name }, { "percall.outcome", outcome } };
        if (kind is not null)
        {
            tags.Add("percall.token", kind);
        }

        counter.Add(amount, tags);
    }
}
