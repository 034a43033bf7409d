using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;
using PerCall.Inference.Text;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Computes the units of a batch's rows. Depending on the unit of the price, a row counts as one unit or as many units as the same single
/// call.
/// </summary>
public static class BatchUnits
{
    private static readonly string Thousands = ManifestNames.Of(PriceUnit.ThousandCharacters);

    /// <summary>Returns the units of the delivered rows.</summary>
    public static long Of(Price price, RowCounts rows) => IsPerRow(price) ? rows.Delivered : rows.CallUnits;

    /// <summary>Returns the units of the delivered rows that the fallback answered.</summary>
    public static long Of(Price price, FallbackRows rows) => IsPerRow(price) ? rows.Rows : rows.CallUnits;

    /// <summary>
    /// Returns the price and the units to reserve for rows that the model or its fallback answers: the price of the dearer one. The price
    /// of each part is rounded up, so both together can cost one micro-unit more. Further units cover it.
    /// </summary>
    /// <param name="price">The price of the model.</param>
    /// <param name="fallback">The fallback; null: the model has none.</param>
    /// <param name="most">The maximum number of units of all rows.</param>
    public static (Price Price, long Units) Reserve(Price price, JobFallback? fallback, long most)
    {
        if (fallback is not { Price: var other })
        {
            return (price, most);
        }

        price = (Int128)other.Micros * price.Per > (Int128)price.Micros * other.Per ? other : price;
        return (price, price.Micros == 0 ? most : most + ((price.Per + price.Micros - 1) / price.Micros));
    }

    /// <summary>Returns the maximum number of units of rows that have not been read.</summary>
    /// <param name="price">The price per unit.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="bytes">The total size of the rows in bytes. It limits the number of characters, because a character has at least one
    /// byte.</param>
    public static long AtMost(Price price, long rows, long bytes) =>
        price.Unit == Thousands ? Characters.UnitsAtMost(rows, bytes) : rows;

    public static bool IsPerRow(Price price) => price.Unit == Operations.Batch.Unit;
}
