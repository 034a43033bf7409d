namespace PerCall.Inference.Recommend;

/// <summary>A query to a recommender.</summary>
public sealed record RecommendationQuery
{
    /// <summary>The user's id.</summary>
    public string? User { get; init; }

    /// <summary>The caller's ratings of a known or unknown user. They are folded in and take precedence over the training data.</summary>
    public IReadOnlyList<HistoryEntry>? History { get; init; }

    /// <summary>Maximum number of items, at least 1.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Whether to exclude items that the user rated, in training or in <see cref="History"/>.</summary>
    public bool ExcludeSeen { get; init; } = true;

    /// <summary>Restricts the choice to these items; null for all items.</summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>Restricts the choice to items that have one of the given values for each attribute.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }
}

/// <summary>An item that a caller rated, bought or saw.</summary>
/// <param name="Item">The item's id.</param>
/// <param name="Rating">A rating in the model's range. For implicit feedback: an amount above 0; 1 if omitted.</param>
public sealed record HistoryEntry(string Item, float? Rating = null);

/// <summary>The basis of an answer.</summary>
public enum Basis
{
    /// <summary>A user that the model was trained on.</summary>
    User,

    /// <summary>The history that came with the call.</summary>
    History,

    /// <summary>Neither is known: popular items.</summary>
    Popular,
}

/// <summary>An item of an answer, with its score.</summary>
/// <param name="Item">The item.</param>
/// <param name="Score">
/// The score. For a known user or a history: the model's score, which is an estimated rating (not limited to the range) for methods that
/// estimate ratings. For popular items: the share of users who rated the item. For similar items: the similarity.
/// </param>
public sealed record RecommendedItem(CatalogItem Item, float Score);

/// <summary>Recommended items, and the time of each phase.</summary>
/// <param name="Basis">The basis of the recommendation.</param>
/// <param name="Items">The items, best first.</param>
/// <param name="UnknownItems">Ids in the query that the model does not know, without duplicates.</param>
/// <param name="Queued">Time spent waiting for the model.</param>
/// <param name="Prepared">Time spent selecting candidate items and folding in the history.</param>
/// <param name="Inferred">Time spent running the graph.</param>
public sealed record Recommendation(
    Basis Basis, IReadOnlyList<RecommendedItem> Items, IReadOnlyList<string> UnknownItems, TimeSpan Queued, TimeSpan Prepared,
    TimeSpan Inferred);

/// <summary>Similar items, and the time of each phase.</summary>
/// <param name="Items">The items, most similar first. Scores are similarities, at most 1.</param>
/// <param name="Queued">Time spent waiting for the model.</param>
/// <param name="Inferred">Time spent comparing items.</param>
public sealed record SimilarItems(IReadOnlyList<RecommendedItem> Items, TimeSpan Queued, TimeSpan Inferred);

/// <summary>An estimated rating, and the time of each phase.</summary>
/// <param name="Basis">The basis of the estimate. For <see cref="Basis.Popular"/>: the mean rating plus the item's usual deviation.</param>
/// <param name="Rating">The rating, limited to the model's range.</param>
/// <param name="UnknownItems">Ids in the history that the model does not know.</param>
/// <param name="Queued">Time spent waiting for the model.</param>
/// <param name="Prepared">Time spent folding in the history.</param>
/// <param name="Inferred">Time spent running the graph.</param>
public sealed record EstimatedRating(
    Basis Basis, float Rating, IReadOnlyList<string> UnknownItems, TimeSpan Queued, TimeSpan Prepared, TimeSpan Inferred);
