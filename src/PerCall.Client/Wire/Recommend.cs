using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/recommend</c>.</summary>
public sealed record RecommendRequest
{
    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>The user's id. A user that the model does not know gets popular items, unless there is a history.</summary>
    public string? User { get; init; }

    /// <summary>Number of items to return, 1 to 1000; 10 if omitted.</summary>
    public int? N { get; init; }

    /// <summary>Excludes items that the user rated, in training or in the history; true if omitted.</summary>
    public bool? ExcludeSeen { get; init; }

    /// <summary>Restricts the choice to these items; at most 10,000.</summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>Restricts the choice to items that have one of the given values for each attribute.</summary>
    [JsonConverter(typeof(ItemFilter))]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }

    /// <summary>
    /// Items that the user rated or bought, at most 10,000. Takes precedence over what the model knows of the user. It is not stored.
    /// </summary>
    public IReadOnlyList<RatedItem>? History { get; init; }
}

/// <summary>An item that a user rated, bought or saw.</summary>
public sealed record RatedItem
{
    /// <summary>The item's id.</summary>
    public string? Item { get; init; }

    /// <summary>A rating in the model's range. For a model of implicit feedback: an amount above 0; 1 if omitted.</summary>
    public float? Rating { get; init; }
}

/// <summary>Recommended items.</summary>
public sealed record RecommendResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>The user from the request.</summary>
    public string? User { get; init; }

    /// <summary>The basis of the answer: <c>user</c>, <c>history</c>, or <c>popular</c> if neither is known.</summary>
    public required string Basis { get; init; }

    /// <summary>Items, best first. Fewer than requested if no more are available.</summary>
    public required IReadOnlyList<ScoredItem> Recommendations { get; init; }

    /// <summary>Items in the request that the model does not know.</summary>
    public IReadOnlyList<string>? UnknownItems { get; init; }
}

/// <summary>A recommended item.</summary>
public sealed record ScoredItem
{
    /// <summary>The item's id.</summary>
    public required string Item { get; init; }

    /// <summary>The model's score. For popular items: the share of users who rated the item. For similar items: the similarity.</summary>
    public required float Score { get; init; }

    /// <summary>The title for display.</summary>
    public string? Title { get; init; }

    /// <summary>The attributes, which filters use.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

/// <summary>The body of <c>POST /v1/recommend/similar</c>.</summary>
public sealed record SimilarItemsRequest
{
    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>The item's id.</summary>
    public string? Item { get; init; }

    /// <summary>Number of items to return, 1 to 1000; 10 if omitted.</summary>
    public int? N { get; init; }

    /// <summary>See <see cref="RecommendRequest.Filter"/>.</summary>
    [JsonConverter(typeof(ItemFilter))]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }
}

/// <summary>Items similar to an item.</summary>
public sealed record SimilarItemsResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>The item from the request.</summary>
    public required string Item { get; init; }

    /// <summary>Items, most similar first.</summary>
    public required IReadOnlyList<ScoredItem> Similar { get; init; }
}

/// <summary>The body of <c>POST /v1/recommend/rate</c>.</summary>
public sealed record EstimateRatingRequest
{
    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>The user's id.</summary>
    public string? User { get; init; }

    /// <summary>The item's id.</summary>
    public string? Item { get; init; }

    /// <summary>See <see cref="RecommendRequest.History"/>.</summary>
    public IReadOnlyList<RatedItem>? History { get; init; }
}

/// <summary>An estimated rating.</summary>
public sealed record EstimateRatingResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>The user from the request.</summary>
    public string? User { get; init; }

    /// <summary>The item from the request.</summary>
    public required string Item { get; init; }

    /// <summary>
    /// As in <see cref="RecommendResponse.Basis"/>; <c>popular</c> means the mean rating plus the item's usual deviation.
    /// </summary>
    public required string Basis { get; init; }

    /// <summary>The rating, limited to the model's range.</summary>
    public required float Rating { get; init; }

    /// <summary>Items in the history that the model does not know.</summary>
    public IReadOnlyList<string>? UnknownItems { get; init; }
}
