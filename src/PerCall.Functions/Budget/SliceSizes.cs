namespace PerCall.Functions.Budget;

/// <summary>How much of what is left an instance takes.</summary>
public static class SliceSizes
{
    /// <summary>
    /// Slices are this part of what is left, so that they become small as it does, and little is in other pockets at the end.
    /// </summary>
    private const int Part = 16;

    /// <summary>By how much a slice is to change; negative to give back.</summary>
    /// <param name="left">What nobody has; negative where the plan has been lowered.</param>
    /// <param name="atHand">Of the slice.</param>
    /// <param name="needed">By calls that wait.</param>
    /// <param name="usual">By one call.</param>
    /// <param name="shrink">Whether a slice that has become too large is cut.</param>
    public static long Change(long left, long atHand, long needed, long usual, bool shrink)
    {
        var slice = Math.Max((left + atHand) / Part, usual);
        if (left < 0)
        {
            return Math.Max(-Math.Max(0, atHand), left);
        }

        return shrink && needed == 0 && atHand > 2 * slice
            ? slice - atHand
            : Math.Clamp(Math.Max(needed, slice) - atHand, 0, left);
    }
}
