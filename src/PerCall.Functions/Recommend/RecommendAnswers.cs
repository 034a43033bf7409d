using PerCall.Client.Wire;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary>Converts recommendations to the API's form.</summary>
public static class RecommendAnswers
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

    public static SimilarItemsResponse Of(string id, ModelManifest manifest, SimilarCall call, SimilarItems answer) => new()
    {
        Id = id,
        Model = manifest.Name,
        Version = manifest.Version,
        Item = call.Item,
        Similar = Scored(answer.Items),
    };

    public static EstimateRatingResponse Of(string id, ModelManifest manifest, RateCall call, EstimatedRating answer) => new()
    {
        Id = id,
        Model = manifest.Name,
        Version = manifest.Version,
        User = call.User,
        Item = call.Item,
        Basis = NameOf(answer.Basis),
        Rating = answer.Rating,
        UnknownItems = ToldOf(answer.UnknownItems),
    };

    private static string NameOf(Basis basis) => basis switch
    {
        Basis.User => "user",
        Basis.History => "history",
        _ => "popular",
    };

    private static List<ScoredItem> Scored(IEnumerable<RecommendedItem> items) =>
        [.. items.Select(i => new ScoredItem { Item = i.Item.Id, Score = i.Score, Title = i.Item.Title, Attributes = i.Item.Attributes })];

    private static IReadOnlyList<string>? ToldOf(IReadOnlyList<string> unknown) => unknown.Count > 0 ? unknown : null;
}
