namespace PerCall.Inference.Recommend;

/// <summary>What is asked of a recommender.</summary>
public sealed record RecommendationQuery
{
    /// <summary>The user's id.</summary>
    public string? User { get; init; }

    /// <summary>What the caller tells of a user, known or not; it is folded in, and goes before what was trained on.</summary>
    public IReadOnlyList<HistoryEntry>? History { get; init; }

    /// <summary>How many items at most; 1 or more.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Leave out what the user rated, in training or in <see cref="History"/>.</summary>
    public bool ExcludeSeen { get; init; } = true;

    /// <summary>Choose among these items alone.</summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>Choose among items that have, for each attribute named, one of the values.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }
}

/// <summary>An item that a caller rated, bought or saw.</summary>
/// <param name="Item">Its id.</param>
/// <param name="Rating">In the model's range; for implicit feedback an amount above 0, or nothing for 1.</param>
public sealed record HistoryEntry(string Item, float? Rating = null);

/// <summary>What an answer rests on.</summary>
public enum Basis
{
    /// <summary>A user that the model was trained on.</summary>
    User,

    /// <summary>The history that came with the call.</summary>
    History,

    /// <summary>Nothing is known of the caller: what is popular.</summary>
    Popular,
}

/// <summary>An item of an answer.</summary>
/// <param name="Item">The item.</param>
/// <param name="Score">
/// By the basis of the answer: the model's score, which for methods that estimate ratings is an estimated rating, not limited to the range; or the share of users who rated it. For similar
/// items their similarity.
/// </param>
public sealed record RecommendedItem(CatalogItem Item, float Score);

/// <summary>Recommended items, and where the time went.</summary>
/// <param name="Basis">What they rest on.</param>
/// <param name="Items">Best first.</param>
/// <param name="UnknownItems">Ids of the call that the model does not know, each once.</param>
/// <param name="Queued">Waiting for the model.</param>
/// <param name="Prepared">Finding the items to choose from, and folding in.</param>
/// <param name="Inferred">Running the graph.</param>
public sealed record Recommendation(
    Basis Basis, IReadOnlyList<RecommendedItem> Items, IReadOnlyList<string> UnknownItems, TimeSpan Queued, TimeSpan Prepared, TimeSpan Inferred);

/// <summary>Items that are like another, and where the time went.</summary>
/// <param name="Items">The most alike first; scores are similarities, at most 1.</param>
/// <param name="Queued">Waiting for the model.</param>
/// <param name="Inferred">Comparing.</param>
public sealed record SimilarItems(IReadOnlyList<RecommendedItem> Items, TimeSpan Queued, TimeSpan Inferred);

/// <summary>An estimated rating, and where the time went.</summary>
/// <param name="Basis">What it rests on; for <see cref="Basis.Popular"/> the mean rating and what is usual for the item.</param>
/// <param name="Rating">Limited to the model's range.</param>
/// <param name="UnknownItems">Ids of the history that the model does not know.</param>
/// <param name="Queued">Waiting for the model.</param>
/// <param name="Prepared">Folding in.</param>
/// <param name="Inferred">Running the graph.</param>
public sealed record EstimatedRating(Basis Basis, float Rating, IReadOnlyList<string> UnknownItems, TimeSpan Queued, TimeSpan Prepared, TimeSpan Inferred);
