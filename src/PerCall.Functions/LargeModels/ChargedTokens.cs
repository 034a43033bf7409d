using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>Converts tokens to the units that are charged.</summary>
public static class ChargedTokens
{
    public const string In = "token_in";
    public const string CachedIn = "token_in_cached";
    public const string Out = "token_out";
    public const string AudioSeconds = "audio_second";

    /// <summary>The most that a call can use.</summary>
    public static IReadOnlyList<UnitBound> Bounds(CallFacts facts) =>
    [
        new([In, CachedIn], facts.PromptBound),
        new([Out], facts.OutputBound),
        new([AudioSeconds], facts.AudioSeconds),
    ];

    /// <param name="used">What was delivered so far.</param>
    /// <param name="basis">What the numbers are based on.</param>
    /// <param name="deployment">The deployment that answered; its prices give the provider's cost.</param>
    public static ChargedUnits Of(TokenUsage used, UsageBasis basis, Deployment deployment) => new(
        [new(In, used.In), new(CachedIn, used.CachedIn), new(Out, used.Out), new(AudioSeconds, used.AudioSeconds)],
        basis == UsageBasis.Reported ? UsageEvent.Reported : UsageEvent.Counted,
        deployment.Prices?.Of(used));
}
