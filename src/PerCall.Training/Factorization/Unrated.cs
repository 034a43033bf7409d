namespace PerCall.Training.Factorization;

/// <summary>Users and items without ratings, which a part of a set may have: they must not keep their random first factors.</summary>
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
