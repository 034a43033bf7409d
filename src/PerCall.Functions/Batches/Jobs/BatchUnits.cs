using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;
using PerCall.Inference.Text;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>What rows of a batch count: one each, or as much as the same calls would, as the unit of the price says.</summary>
public static class BatchUnits
{
    private static readonly string Thousands = ManifestNames.Of(PriceUnit.ThousandCharacters);

    /// <summary>Units of rows that were delivered.</summary>
    public static long Of(Price price, RowCounts rows) => IsPerRow(price) ? rows.Delivered : rows.CallUnits;

    /// <summary>Units that rows can count at most, before they are read.</summary>
    /// <param name="price">Of a unit.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="bytes">Of all of them; a character has one byte at least.</param>
    public static long AtMost(Price price, long rows, long bytes) =>
        price.Unit == Thousands ? Characters.UnitsAtMost(rows, bytes) : rows;

    public static bool IsPerRow(Price price) => price.Unit == Operations.Batch.Unit;
}
