namespace PerCall.Functions.Pricing;

/// <summary>A plan as it stands at one time.</summary>
public sealed record PlanTerms
{
    /// <summary>The plan's id.</summary>
    public required string Plan { get; init; }

    /// <summary>Which of its versions, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Requests in any 60 seconds, over all instances; null: any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Calls that may run at once on one instance; null: any number.</summary>
    public int? ConcurrentCalls { get; init; }

    /// <summary>Micro-units of the currency that a calendar month (UTC) may cost; null: any amount.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>Prices; of those that fit a call the most particular counts.</summary>
    public required IReadOnlyList<Price> Prices { get; init; }

    /// <summary>Units that each calendar month (UTC) includes, by unit.</summary>
    public IReadOnlyDictionary<string, long> FreeUnits { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// The price of an operation on a model: named operation and model before named operation and any model, before any operation and a
    /// named model, before any of both. Null: the plan does not include it.
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
