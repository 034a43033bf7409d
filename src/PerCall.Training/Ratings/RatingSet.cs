namespace PerCall.Training.Ratings;

/// <summary>Ratings as columns: in entry n, user <c>UserOf[n]</c> gave item <c>ItemOf[n]</c> the rating <c>Values[n]</c>.</summary>
/// <remarks>A pair of user and item occurs once. A subset keeps all users and items, so indices mean the same in both.</remarks>
internal sealed record RatingSet
{
    /// <summary>The users' ids, by index.</summary>
    public required string[] Users { get; init; }

    /// <summary>The items' ids, by index.</summary>
    public required string[] Items { get; init; }

    public required int[] UserOf { get; init; }

    public required int[] ItemOf { get; init; }

    public required float[] Values { get; init; }

    /// <summary>The time of each rating, in any unit; null when the source has no times.</summary>
    public long[]? Times { get; init; }

    public required RatingScale Scale { get; init; }

    public int Count => Values.Length;

    /// <summary>Returns the mean of all ratings.</summary>
    public float Mean()
    {
        var sum = 0.0;
        foreach (var value in Values)
        {
            sum += value;
        }

        return Count == 0 ? 0 : (float)(sum / Count);
    }

    /// <summary>Returns the given entries, in that order, over the same users and items.</summary>
    public RatingSet Select(ReadOnlySpan<int> entries) => this with
    {
        UserOf = Pick(UserOf, entries),
        ItemOf = Pick(ItemOf, entries),
        Values = Pick(Values, entries),
        Times = Times is null ? null : Pick(Times, entries),
    };

    /// <summary>Returns a matrix with one row per user.</summary>
    public RatingMatrix ByUser() => RatingMatrix.Build(Users.Length, Items.Length, UserOf, ItemOf, Values);

    /// <summary>Returns a matrix with one row per item.</summary>
    public RatingMatrix ByItem() => RatingMatrix.Build(Items.Length, Users.Length, ItemOf, UserOf, Values);

    private static T[] Pick<T>(T[] values, ReadOnlySpan<int> entries)
    {
        var picked = new T[entries.Length];
        for (var n = 0; n < picked.Length; n++)
        {
            picked[n] = values[entries[n]];
        }

        return picked;
    }
}
