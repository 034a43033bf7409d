using PerCall.Client.Wire;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary>Recommendations as the API tells them.</summary>
internal static class RecommendAnswers
{
    public static RecommendResponse Of(string id, ModelManifest manifest, RecommendationQuery query, Recommendation answer) => new()
    {
        Id = id,
        Model = manifest.Name,
        Version = manifest.Version,
        User = query.User,
        Basis = NameOf(answer.Basis),
        Recommendations = Scored(answer.Items),
        UnknownItems = ToldOf(answer.UnknownItems),
    };

    public static string NameOf(Basis basis) => basis switch
    {
        Basis.User => "user",
        Basis.History => "history",
        _ => "popular",
    };

    public static List<ScoredItem> Scored(IEnumerable<RecommendedItem> items) =>
        [.. items.Select(i => new ScoredItem { Item = i.Item.Id, Score = i.Score, Title = i.Item.Title, Attributes = i.Item.Attributes })];

    public static IReadOnlyList<string>? ToldOf(IReadOnlyList<string> unknown) => unknown.Count > 0 ? unknown : null;
}
