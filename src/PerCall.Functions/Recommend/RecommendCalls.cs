using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary>A call for recommended items, checked.</summary>
public sealed record RecommendCall(string Model, RecommendationQuery Query);

/// <summary>A call for similar items, checked.</summary>
public sealed record SimilarCall(string Model, string Item, int Count, IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter);

/// <summary>A call for an estimated rating, checked.</summary>
public sealed record RateCall(string Model, string? User, string Item, IReadOnlyList<HistoryEntry>? History);
