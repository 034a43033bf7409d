namespace PerCall.Training.Factorization;

/// <summary>
/// Resets users and items without ratings, which a subset of a rating set may have. They must not keep their random initial factors.
/// </summary>
internal static class Unrated
{
    public static void Clear(FactorTable table, int[] rows, int[] rated)
    {
        var has = new bool[table.Rows];
        foreach (var index in rated)
        {
            has[index] = true;
        }

        for (var index = 0; index < has.Length; index++)
        {
            if (!has[index])
            {
                table[rows[index]].Clear();
            }
        }
    }
}
