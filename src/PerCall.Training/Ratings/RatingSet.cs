namespace PerCall.Training.Ratings;

/// <summary>Ratings as columns: entry n says that user <c>UserOf[n]</c> gave item <c>ItemOf[n]</c> the rating <c>Values[n]</c>.</summary>
/// <remarks>A pair of user and item occurs once. A part of a set keeps the whole's users and items, so that indices mean the same in
/// both.</remarks>
internal sealed record RatingSet
{
    /// <summary>The users' ids, by index.</summary>
    public required string[] Users { get; init; }

    /// <summary>The items' ids, by index.</summary>
    public required string[] Items { get; init; }

    public required int[] UserOf { get; init; }

    public required int[] ItemOf { get; init; }

    public required float[] Values { get; init; }

    /// <summary>When each rating was given, in any unit; null where the source does not say.</summary>
    public long[]? Times { get; init; }

    public required RatingScale Scale { get; init; }

    public int Count => Values.Length;

    /// <summary>Mean of all ratings.</summary>
    public float Mean()
    {
        var sum = 0.0;
        foreach (var value in Values)
        {
            sum += value;
        }

        return Count == 0 ? 0 : (float)(sum / Count);
    }

    /// <summary>The entries named, in that order, over the same users and items.</summary>
    public RatingSet Select(ReadOnlySpan<int> entries) => this with
    {
        UserOf = Pick(UserOf, entries),
        ItemOf = Pick(ItemOf, entries),
        Values = Pick(Values, entries),
        Times = Times is null ? null : Pick(Times, entries),
    };

    /// <summary>One row per user.</summary>
    public RatingMatrix ByUser() => RatingMatrix.Build(Users.Length, Items.Length, UserOf, ItemOf, Values);

    /// <summary>One row per item.</summary>
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
