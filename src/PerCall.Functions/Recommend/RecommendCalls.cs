using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary>A validated request for recommended items.</summary>
public sealed record RecommendCall(string Model, RecommendationQuery Query);

/// <summary>A validated request for similar items.</summary>
public sealed record SimilarCall(string Model, string Item, int Count, IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter);

/// <summary>A validated request for an estimated rating.</summary>
public sealed record RateCall(string Model, string? User, string Item, IReadOnlyList<HistoryEntry>? History);
