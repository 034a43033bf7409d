using System.Text.Json.Serialization;
using PerCall.Functions.Pricing;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// How the rows of a batch of large-model calls are checked, counted and priced. It is fixed when the batch is planned, so that counting
/// and running find the same bounds, although the settings may change in between.
/// </summary>
public sealed record CallPlan
{
    [JsonConverter(typeof(JsonStringEnumConverter<LargeModelEndpoint>))]
    public required LargeModelEndpoint Endpoint { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<TokenizerKind>))]
    public required TokenizerKind Tokenizer { get; init; }

    public required int ContextTokens { get; init; }

    /// <summary>The model's maximum output tokens of one call, for each choice.</summary>
    public required int MaxOutputTokens { get; init; }

    public required string OutputField { get; init; }

    /// <summary>The plan's maximum output tokens of one call, over all choices; null: the model's.</summary>
    public int? OutputLimit { get; init; }

    public required int MaxImageBytes { get; init; }

    /// <summary>The prices of the units, at most one for each unit.</summary>
    public required IReadOnlyList<Price> Prices { get; init; }

    /// <summary>The most that all rows together can use; zero until all rows are counted.</summary>
    public CallBounds Bounds { get; init; }
}

/// <summary>The most that calls can use.</summary>
/// <param name="PromptTokens">Counted tokens of the prompts.</param>
/// <param name="PromptBound">Tokens of the prompts to reserve.</param>
/// <param name="OutputBound">Maximum output tokens.</param>
public readonly record struct CallBounds(long PromptTokens, long PromptBound, long OutputBound)
{
    public static CallBounds operator +(CallBounds a, CallBounds b) =>
        new(a.PromptTokens + b.PromptTokens, a.PromptBound + b.PromptBound, a.OutputBound + b.OutputBound);

    /// <summary>Extrapolates from some rows to all.</summary>
    public CallBounds Scale(long all, long some)
    {
        long Scaled(long tokens) => some == 0 ? 0 : (long)((Int128)tokens * all / some);
        return new(Scaled(PromptTokens), Scaled(PromptBound), Scaled(OutputBound));
    }
}

/// <summary>The tokens of delivered calls.</summary>
/// <param name="In">Tokens of the prompts that the provider did not read from its cache.</param>
/// <param name="CachedIn">Tokens of the prompts that the provider read from its cache.</param>
/// <param name="Out">Output tokens.</param>
/// <param name="Cost">What the provider bills the operator, in micro-units, as far as the settings have prices.</param>
/// <param name="Counted">The number of calls whose tokens were counted here, because the provider reported none.</param>
public readonly record struct CallTokens(long In, long CachedIn, long Out, long Cost, long Counted)
{
    public static CallTokens operator +(CallTokens a, CallTokens b) =>
        new(a.In + b.In, a.CachedIn + b.CachedIn, a.Out + b.Out, a.Cost + b.Cost, a.Counted + b.Counted);
}
