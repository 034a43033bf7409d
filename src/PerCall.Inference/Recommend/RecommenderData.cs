using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend;

/// <summary>
/// A trained recommender as plain arrays: the result of training, and the content of a package. Matrices are stored in row order. The
/// present members depend on <see cref="Method"/>.
/// </summary>
public sealed record RecommenderData
{
    /// <summary>How items are scored.</summary>
    public required RecommenderMethod Method { get; init; }

    /// <summary>Ids of users, by user index.</summary>
    public required IReadOnlyList<string> Users { get; init; }

    /// <summary>Items, by item index.</summary>
    public required IReadOnlyList<CatalogItem> Items { get; init; }

    /// <summary>The ratings trained on, by user.</summary>
    public required Interactions History { get; init; }

    /// <summary>
    /// For factor methods: [users × <see cref="Dimensions"/>]. For biased methods a row is p (for SVD++ with its implicit part added), 1, μ
    /// + b_u, so that a score is one dot product with the item's row; for implicit ALS it is the factors alone.
    /// </summary>
    public ReadOnlyMemory<float> UserVectors { get; init; }

    /// <summary>For factor methods: [items × <see cref="Dimensions"/>]; q, b_i, 1 for biased methods.</summary>
    public ReadOnlyMemory<float> ItemVectors { get; init; }

    /// <summary>For SVD++: y [items × (<see cref="Dimensions"/> − 2)], the implicit effect on a user of having rated an item.</summary>
    public ReadOnlyMemory<float> ImplicitItemVectors { get; init; }

    /// <summary>For factor methods: the length of a row.</summary>
    public int Dimensions { get; init; }

    /// <summary>μ, the mean rating; 0 for implicit feedback.</summary>
    public float Mean { get; init; }

    /// <summary>b_u of neighbour methods, by user.</summary>
    public ReadOnlyMemory<float> UserBiases { get; init; }

    /// <summary>b_i of neighbour methods, by item.</summary>
    public ReadOnlyMemory<float> ItemBiases { get; init; }

    /// <summary>
    /// For neighbour methods: indexes of the nearest items (or users) [items (or users) × <see cref="NeighborCount"/>], nearest first;
    /// unused entries are 0 with similarity 0.
    /// </summary>
    public ReadOnlyMemory<int> Neighbors { get; init; }

    /// <summary>For neighbour methods: the similarities, in the order of <see cref="Neighbors"/>.</summary>
    public ReadOnlyMemory<float> Similarities { get; init; }

    /// <summary>For neighbour methods: the number of entries in a row.</summary>
    public int NeighborCount { get; init; }

    /// <summary>The lowest and highest rating; null for implicit feedback.</summary>
    public RatingRange? Rating { get; init; }

    /// <summary>See <see cref="RecommenderRules.Regularization"/>.</summary>
    public float Regularization { get; init; } = 0.1f;

    /// <summary>See <see cref="RecommenderRules.Confidence"/>.</summary>
    public float Confidence { get; init; } = 1;

    /// <summary>See <see cref="RecommenderRules.Shrinkage"/>.</summary>
    public float Shrinkage { get; init; }
}

/// <summary>An item, as callers see it.</summary>
/// <param name="Id">The item's id; any string.</param>
/// <param name="Title">The title for display.</param>
/// <param name="Attributes">The attributes for <c>filter</c>, by name: for example category → books.</param>
public sealed record CatalogItem(string Id, string? Title = null, IReadOnlyDictionary<string, string>? Attributes = null);

/// <summary>The ratings as compressed sparse rows by user. Items are in ascending order within a user.</summary>
/// <param name="Offsets">[users + 1]: the offset of each user's first entry.</param>
/// <param name="Items">Item indexes.</param>
/// <param name="Ratings">Ratings, or amounts of feedback, in the order of <paramref name="Items"/>.</param>
public sealed record Interactions(ReadOnlyMemory<long> Offsets, ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Ratings);
