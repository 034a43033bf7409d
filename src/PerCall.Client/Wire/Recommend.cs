using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/recommend</c>.</summary>
public sealed record RecommendRequest
{
    /// <summary>A model as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>The user's id; one that the model does not know gets what is popular, unless there is a history.</summary>
    public string? User { get; init; }

    /// <summary>How many items, 1 to 1000; 10 where it is left out.</summary>
    public int? N { get; init; }

    /// <summary>Leave out what the user rated, in training or in the history; true where it is left out.</summary>
    public bool? ExcludeSeen { get; init; }

    /// <summary>Choose among these items alone; at most 10,000.</summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>Choose among items with these attributes: for each, a value or several of which one is enough.</summary>
    [JsonConverter(typeof(ItemFilter))]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }

    /// <summary>What a user rated or bought; goes before what the model learnt of the user. At most 10,000 entries. Nothing is kept of it.</summary>
    public IReadOnlyList<RatedItem>? History { get; init; }
}

/// <summary>An item that a user rated, bought or saw.</summary>
public sealed record RatedItem
{
    /// <summary>The item's id.</summary>
    public string? Item { get; init; }

    /// <summary>In the model's range; for a model of implicit feedback an amount above 0, or nothing for 1.</summary>
    public float? Rating { get; init; }
}

/// <summary>Recommended items.</summary>
public sealed record RecommendResponse
{
    /// <summary>The answer's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>The user that was named.</summary>
    public string? User { get; init; }

    /// <summary>What the answer rests on: <c>user</c>, <c>history</c>, or <c>popular</c> where nothing is known of the caller.</summary>
    public required string Basis { get; init; }

    /// <summary>Best first; fewer than asked for where no more are left.</summary>
    public required IReadOnlyList<ScoredItem> Recommendations { get; init; }

    /// <summary>Items of the call that the model does not know.</summary>
    public IReadOnlyList<string>? UnknownItems { get; init; }
}

/// <summary>An item of an answer.</summary>
public sealed record ScoredItem
{
    /// <summary>The item's id.</summary>
    public required string Item { get; init; }

    /// <summary>The model's score; for popular items the share of users who rated them, for similar ones the similarity.</summary>
    public required float Score { get; init; }

    /// <summary>What a person reads.</summary>
    public string? Title { get; init; }

    /// <summary>What can be filtered by.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

/// <summary>The body of <c>POST /v1/recommend/similar</c>.</summary>
public sealed record SimilarItemsRequest
{
    /// <summary>A model as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>The item.</summary>
    public string? Item { get; init; }

    /// <summary>How many items, 1 to 1000; 10 where it is left out.</summary>
    public int? N { get; init; }

    /// <summary>See <see cref="RecommendRequest.Filter"/>.</summary>
    [JsonConverter(typeof(ItemFilter))]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }
}

/// <summary>Items that are like another.</summary>
public sealed record SimilarItemsResponse
{
    /// <summary>The answer's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>The item that was named.</summary>
    public required string Item { get; init; }

    /// <summary>The most alike first.</summary>
    public required IReadOnlyList<ScoredItem> Similar { get; init; }
}

/// <summary>The body of <c>POST /v1/recommend/rate</c>.</summary>
public sealed record EstimateRatingRequest
{
    /// <summary>A model as name, name/version or name/alias.</summary>
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
    /// <summary>The answer's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>The user that was named.</summary>
    public string? User { get; init; }

    /// <summary>The item that was named.</summary>
    public required string Item { get; init; }

    /// <summary>As in <see cref="RecommendResponse.Basis"/>; <c>popular</c> is the mean rating and what is usual for the item.</summary>
    public required string Basis { get; init; }

    /// <summary>Within the model's range.</summary>
    public required float Rating { get; init; }

    /// <summary>Items of the history that the model does not know.</summary>
    public IReadOnlyList<string>? UnknownItems { get; init; }
}
