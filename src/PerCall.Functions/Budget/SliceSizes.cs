namespace PerCall.Functions.Budget;

/// <summary>Decides how much of the remaining amount an instance takes.</summary>
public static class SliceSizes
{
    /// <summary>
    /// The remaining amount divided by this number is the size of a slice. Slices shrink as the amount does, so that other instances hold
    /// little at the end.
    /// </summary>
    private const int Part = 16;

    /// <summary>Returns the change of a slice; negative to return amounts.</summary>
    /// <param name="left">The amount that is not spent, leased or held; negative if the plan was lowered.</param>
    /// <param name="atHand">The unspent part of the slice.</param>
    /// <param name="needed">The amount that waiting calls need.</param>
    /// <param name="usual">The amount that one call usually needs.</param>
    /// <param name="shrink">Whether a slice that has become too large is reduced.</param>
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
