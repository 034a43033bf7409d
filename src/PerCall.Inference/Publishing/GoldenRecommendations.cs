using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>
/// Golden examples of a recommender: a user from training, or a history that is folded in. Rated items are excluded from the answer.
/// </summary>
internal static class GoldenRecommendations
{
    /// <returns>The difference; null when the example is reproduced.</returns>
    public static async Task<string?> RunAsync(LoadedModel model, GoldenExample example, CancellationToken cancellation)
    {
        if ((example.User is null) == (example.History is null))
        {
            return "must have either a user or a history.";
        }

        var items = model.Recommender!.Data.Items.Count;
        if (example.Recommendations.Count == 0 || example.Recommendations.Count > items)
        {
            return $"expects {example.Recommendations.Count} recommendations; allowed: 1 to {items}.";
        }

        var answer = await Recommender.RecommendAsync(
            model,
            new()
            {
                User = example.User,
                History = example.History?.Select(h => new HistoryEntry(h.Item, h.Rating)).ToList(),
                Count = example.Recommendations.Count,
            },
            cancellation);
        var (wanted, shown) = example.User is { } user ? (
            Basis.User, $"the user '{user}'") : (Basis.History, $"a history of {example.History!.Count}");
        if (answer.Basis != wanted || answer.UnknownItems.Count > 0)
        {
            return $"uses {shown}, but the package does not know "
                + $"{(answer.UnknownItems.Count > 0 ? $"the item '{answer.UnknownItems[0]}'" : "it")}.";
        }

        return GoldenAnswers.Compare(
            shown,
            example.Tolerance,
            [.. example.Recommendations.Select(r => (r.Item, r.Score))],
            [.. answer.Items.Select(r => (r.Item.Id, r.Score))]);
    }
}
