using System.Diagnostics;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Recommend;

/// <summary>Recommends items, finds similar items and estimates ratings. It stores nothing of a call.</summary>
public static class Recommender
{
    /// <summary>Recommends the best items for a user or a history; popular items if the query has neither.</summary>
    /// <param name="model">A model for recommendation, held by a lease.</param>
    /// <param name="query">The query.</param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <exception cref="InvalidInputException">
    /// A rating is missing or out of range, or the filter names an attribute that no item has.
    /// </exception>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public static async ValueTask<Recommendation> RecommendAsync(
        LoadedModel model, RecommendationQuery query, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        Of(model);
        using var turn = await model.EnterAsync(cancellation);
        var queued = Stopwatch.GetElapsedTime(started);
        return Recommend(model, query, cancellation) with { Queued = queued };
    }

    /// <summary>
    /// Like <see cref="RecommendAsync"/>, for a caller that already has a turn (<see cref="LoadedModel.EnterAsync"/>) or does not need one.
    /// </summary>
    /// <inheritdoc cref="RecommendAsync" path="/exception"/>
    public static Recommendation Recommend(LoadedModel model, RecommendationQuery query, CancellationToken cancellation)
    {
        var recommender = Of(model);
        var started = Stopwatch.GetTimestamp();
        var caller = Caller.Of(recommender, query.User, query.History ?? []);
        var candidates = Candidates.Of(recommender, query.Items, query.Filter);
        IReadOnlyCollection<int> excluded = query.ExcludeSeen ? caller.Seen(recommender.Data) : [];
        var (user, vector) = caller.Basis == Basis.Popular ? (ItemScores.Nobody, recommender.NoVector) : caller.Inputs(recommender);
        var prepared = Stopwatch.GetTimestamp();

        var items = (caller.Basis, candidates.Items) switch
        {
            // The graph treats an empty list of candidates as all items.
            (_, []) => [],
            (Basis.Popular, _) => PopularItems(recommender, candidates.Items, excluded, query.Count),
            _ =>
                Named(
                    recommender,
                    ItemScores.Run(model.Session, user, vector, Longs(candidates.Items ?? []), Longs(excluded), query.Count, cancellation)),
        };
        return new(
            caller.Basis,
            items,
            [.. candidates.Unknown.Union(caller.UnknownItems)],
            Queued: TimeSpan.Zero,
            Stopwatch.GetElapsedTime(started, prepared),
            Stopwatch.GetElapsedTime(prepared));
    }

    /// <summary>Finds the items most similar to an item, without the item itself.</summary>
    /// <param name="model">A model for recommendation, held by a lease.</param>
    /// <param name="item">The item's id.</param>
    /// <param name="count">The maximum number of items.</param>
    /// <param name="filter">See <see cref="RecommendationQuery.Filter"/>.</param>
    /// <param name="cancellation">Cancels the wait or the comparison.</param>
    /// <exception cref="InvalidInputException">The item is unknown, or the filter names an attribute that no item has.</exception>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public static async ValueTask<SimilarItems> SimilarAsync(
        LoadedModel model, string item, int count, IReadOnlyDictionary<string, IReadOnlyList<string>>? filter,
        CancellationToken cancellation)
    {
        var recommender = Of(model);
        var started = Stopwatch.GetTimestamp();
        using var turn = await model.EnterAsync(cancellation);
        var entered = Stopwatch.GetTimestamp();
        var index = Index(recommender, item, model.Manifest);
        var candidates = Candidates.Of(recommender, ids: null, filter).Items;
        var similar = ItemSimilarity.Nearest(recommender.Data, index, candidates, count, cancellation)
            .Select(s => new RecommendedItem(recommender.Data.Items[s.Item], s.Similarity));
        return new([.. similar], Stopwatch.GetElapsedTime(started, entered), Stopwatch.GetElapsedTime(entered));
    }

    /// <summary>Estimates the rating that a user would give to an item.</summary>
    /// <param name="model">A model for recommendation that was trained on ratings, held by a lease.</param>
    /// <param name="user">The user's id.</param>
    /// <param name="item">The item's id.</param>
    /// <param name="history">See <see cref="RecommendationQuery.History"/>.</param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <exception cref="InvalidInputException">
    /// The item is unknown, a rating is missing or out of range, or the model's scores are not ratings.
    /// </exception>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public static async ValueTask<EstimatedRating> RateAsync(
        LoadedModel model, string? user, string item, IReadOnlyList<HistoryEntry>? history, CancellationToken cancellation)
    {
        var recommender = Of(model);
        var range = recommender.Data.Rating ?? throw RecommendFaults.NoRatings(model.Manifest);
        var started = Stopwatch.GetTimestamp();
        using var turn = await model.EnterAsync(cancellation);
        var entered = Stopwatch.GetTimestamp();
        var index = Index(recommender, item, model.Manifest);
        var caller = Caller.Of(recommender, user, history ?? []);
        var (known, vector) = caller.Basis == Basis.Popular ? (ItemScores.Nobody, []) : caller.Inputs(recommender);
        var prepared = Stopwatch.GetTimestamp();
        var score = caller.Basis == Basis.Popular
            ? recommender.Data.Mean + recommender.Data.ItemBias(index)
            : ItemScores.Run(model.Session, known, vector, [index], [], 1, cancellation).Scores[0];
        return new(
            caller.Basis,
            Math.Clamp(score, range.Min, range.Max),
            caller.UnknownItems,
            Stopwatch.GetElapsedTime(started, entered),
            Stopwatch.GetElapsedTime(entered, prepared),
            Stopwatch.GetElapsedTime(prepared));
    }

    /// <summary>Runs one recommendation without a user, so that the first caller does not wait for one-time work.</summary>
    internal static void WarmUp(LoadedModel model, CancellationToken cancellation)
    {
        var recommender = model.Recommender!;
        ItemScores.Run(model.Session, ItemScores.Nobody, recommender.NoVector, [], [], new RecommendationQuery().Count, cancellation);
    }

    private static RecommenderModel Of(LoadedModel model) =>
        model.Recommender ?? throw WrongTask.Of(model.Manifest, ModelTask.Recommendation);

    private static int Index(RecommenderModel recommender, string item, ModelManifest manifest) =>
        recommender.ItemIndex.TryGetValue(item, out var index) ? index : throw RecommendFaults.ItemNotFound(item, manifest);

    private static long[] Longs(IReadOnlyCollection<int> indexes) => [.. indexes.Select(i => (long)i)];

    private static List<RecommendedItem> Named(RecommenderModel recommender, ItemScores top) =>
        [.. top.Items.Zip(top.Scores, (item, score) => new RecommendedItem(recommender.Data.Items[(int)item], score))];

    private static List<RecommendedItem> PopularItems(
        RecommenderModel recommender, IReadOnlyList<int>? candidates, IReadOnlyCollection<int> excluded, int count)
    {
        var among = candidates?.ToHashSet();
        var items = new List<RecommendedItem>();
        foreach (var item in recommender.Popularity.Items.Span)
        {
            if (items.Count == count)
            {
                break;
            }

            if ((among is null || among.Contains(item)) && !excluded.Contains(item))
            {
                items.Add(new(recommender.Data.Items[item], recommender.Popularity.Shares.Span[item]));
            }
        }

        return items;
    }
}
