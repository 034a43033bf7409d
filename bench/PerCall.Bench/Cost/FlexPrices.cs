namespace PerCall.Bench.Cost;

/// <summary>
/// List prices of Flex Consumption in dollars, as docs/cost.md has them with their source, and what an instance of 2048 MB is.
/// </summary>
internal static class FlexPrices
{
    public const double GigabyteSecond = 0.000026;
    public const double MillionExecutions = 0.40;
    public const double Gigabytes = 2;

    /// <summary>The free grant of a subscription for a month.</summary>
    public const int FreeGigabyteSeconds = 100_000;
    public const int FreeExecutions = 250_000;

    /// <summary>
    /// Dollars for a million of something that keeps the instance's one processor busy for so long each, with the executions' own price.
    /// </summary>
    /// <param name="seconds">Of processor time.</param>
    /// <param name="executions">Of functions for each.</param>
    public static double Million(double seconds, double executions) =>
        (1e6 * seconds * Gigabytes * GigabyteSecond) + (executions * MillionExecutions);
}
