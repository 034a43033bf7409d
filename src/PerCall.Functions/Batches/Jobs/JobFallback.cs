using PerCall.Functions.Pricing;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>The fallback of a batch's model. It is fixed when the batch is planned.</summary>
/// <param name="Model">The name of the fallback.</param>
/// <param name="Version">The version of the fallback.</param>
/// <param name="Price">The price of the rows that it answers, in the same unit as the model's price.</param>
public sealed record JobFallback(string Model, string Version, Price Price);

/// <summary>Delivered rows that the fallback answered.</summary>
/// <param name="Rows">The number of rows.</param>
/// <param name="CallUnits">The units that they would have cost as single calls.</param>
/// <param name="Cost">What providers bill the operator for the batch, also without a fallback, in micro-units.</param>
public readonly record struct FallbackRows(long Rows, long CallUnits, long Cost)
{
    public static FallbackRows operator +(FallbackRows a, FallbackRows b) =>
        new(a.Rows + b.Rows, a.CallUnits + b.CallUnits, a.Cost + b.Cost);
}
