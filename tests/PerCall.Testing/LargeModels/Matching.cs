namespace PerCall.Testing.LargeModels;

/// <summary>Pairs things of two kinds, each with at most one of the other.</summary>
internal static class Matching
{
    /// <summary>Returns the partner of each thing of the first kind, in a largest pairing; -1: none.</summary>
    /// <param name="firsts">Number of things of the first kind.</param>
    /// <param name="seconds">Number of things of the second kind.</param>
    /// <param name="fits">Whether two may be paired.</param>
    public static int[] Largest(int firsts, int seconds, Func<int, int, bool> fits)
    {
        var (partners, owners) = (Filled(firsts), Filled(seconds));
        for (var first = 0; first < firsts; first++)
        {
            Find(first, new bool[seconds]);
        }

        return partners;

        bool Find(int first, bool[] seen)
        {
            for (var second = 0; second < seconds; second++)
            {
                if (seen[second] || !fits(first, second))
                {
                    continue;
                }

                seen[second] = true;
                if (owners[second] < 0 || Find(owners[second], seen))
                {
                    (partners[first], owners[second]) = (second, first);
                    return true;
                }
            }

            return false;
        }
    }

    private static int[] Filled(int length)
    {
        var values = new int[length];
        values.AsSpan().Fill(-1);
        return values;
    }
}
