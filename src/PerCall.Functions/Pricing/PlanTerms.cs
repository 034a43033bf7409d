namespace PerCall.Functions.Pricing;

/// <summary>The terms of one version of a plan.</summary>
public sealed record PlanTerms
{
    /// <summary>The plan's id.</summary>
    public required string Plan { get; init; }

    /// <summary>The version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The currency's ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Requests in any 60 seconds, over all instances; null: unlimited.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens of large models in any 60 seconds, prompts and output, over all instances; null: unlimited.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Concurrent calls on one instance; null: the service's default.</summary>
    public int? ConcurrentCalls { get; init; }

    /// <summary>Maximum output tokens of one call on a large model, over all its choices; null: the model's maximum.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Whether personal data is redacted in calls on large models before it leaves the service.</summary>
    public bool Redact { get; init; }

    /// <summary>Micro-units of the currency that a calendar month (UTC) may cost; null: unlimited.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>The prices. If several match a call, the most specific one applies.</summary>
    public required IReadOnlyList<Price> Prices { get; init; }

    /// <summary>Units that each calendar month (UTC) includes, by unit.</summary>
    public IReadOnlyDictionary<string, long> FreeUnits { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// Returns the price of an operation on a model; null: the plan does not include it. The order of precedence is: operation and model
    /// named; operation named; model named; neither named.
    /// </summary>
    public Price? PriceOf(string operation, string model, string unit)
    {
        Price? best = null;
        var bestRank = -1;
        foreach (var price in Prices)
        {
            var rank = Rank(price.Operation, operation, 2) + Rank(price.Model, model, 1);
            if (price.Unit == unit && rank > bestRank)
            {
                (best, bestRank) = (price, rank);
            }
        }

        return best;
    }

    private static int Rank(string pattern, string value, int weight) => pattern == "*" ? 0 : pattern == value ? weight : -10;
}
