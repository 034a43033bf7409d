using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.FoldIn;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// Creates golden examples from a written package: runs its graph, and compares the results with the method's formula.
/// </summary>
internal sealed class GoldenExamples(RecommenderModel model, ModelSession session)
{
    private const int KnownUsers = 4;
    private const int Recommended = 5;
    private const int HistoryItems = 20;
    private const float Tolerance = 0.001f;
    private const float Clearly = 0.0001f;

    // For anonymous types.
    private static readonly JsonSerializerOptions Line =
        new(ManifestJson.Written.Options) { WriteIndented = false, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    /// <exception cref="InvalidOperationException">The graph and the formula give different results.</exception>
    /// <exception cref="InvalidDataException">No user has rated some, but not all, items.</exception>
    public IEnumerable<string> Lines(CancellationToken cancellation)
    {
        var data = model.Data;
        var examples = new List<GoldenExample>();
        foreach (var user in Spread().Where(
            u => data.HistoryOf(u).Items.Length is > 0 and var rated && rated < data.Items.Count).Take(KnownUsers))
        {
            var history = History(user).ToList();
            examples.Add(
                Example(user, PlainScores.VectorOf(data, user), data.HistoryOf(user).Items, cancellation) with { User = data.Users[user] });
            if (examples.Count == 1)
            {
                examples.Add(Example(
                    ItemScores.Nobody, CallerVector.Of(model, history), history.Select(h => h.Item).ToArray(), cancellation) with
                {
                    History = [.. history.Select(h => new GoldenRating(data.Items[h.Item].Id, h.Rating))],
                });
            }
        }

        return examples.Count > 0
            ? examples.Select(e => JsonSerializer.Serialize(new { e.User, e.History, e.Recommendations, Tolerance }, Line))
            : throw new InvalidDataException("Cannot create a golden example: no user has both a history and items left to recommend.");
    }

    /// <summary>Returns users spread over the whole list.</summary>
    private IEnumerable<int> Spread()
    {
        var users = model.Data.Users.Count;
        return Enumerable.Range(0, users).Select(i => (int)(i * 7919L % users)).Distinct();
    }

    private IEnumerable<RatedItem> History(int user)
    {
        var (items, ratings) = model.Data.HistoryOf(user);
        for (var i = 0; i < Math.Min(items.Length, HistoryItems); i++)
        {
            yield return new(items.Span[i], ratings.Span[i]);
        }
    }

    private GoldenExample Example(long user, float[] vector, ReadOnlyMemory<int> seen, CancellationToken cancellation)
    {
        var data = model.Data;
        long[] excluded = [.. seen.ToArray().Select(i => (long)i)];
        var answer = ItemScores.Run(
            session, user, user >= 0 ? new float[vector.Length] : vector, [], excluded, Recommended + 1, cancellation);
        var scores = PlainScores.Of(data, vector);
        Compare(answer, scores, excluded);

        // When two scores are almost equal, another processor may order them differently. The expected answer therefore ends before such a
        // pair.
        var clear = 0;
        while (clear < Math.Min(Recommended, answer.Items.Count) && (
            clear + 1 == answer.Items.Count || answer.Scores[clear] - answer.Scores[clear + 1] > Clearly))
        {
            clear++;
        }

        return new()
        {
            Recommendations = [.. answer.Items.Zip(answer.Scores).Take(Math.Max(clear, 1)).Select(
                a => new GoldenRecommendation(data.Items[(int)a.First].Id, a.Second))],
        };
    }

    private static void Compare(ItemScores answer, float[] scores, long[] excluded)
    {
        var expected = scores.Select(
            (s, i) => (Score: s, Item: (long)i)).ExceptBy(excluded, s =>
                s.Item).OrderByDescending(s => s.Score).Take(answer.Items.Count).ToList();
        foreach (var ((item, score), best) in answer.Items.Zip(answer.Scores).Zip(expected))
        {
            if (!(Math.Abs(score - scores[item]) <= Tolerance && Math.Abs(score - best.Score) <= Tolerance))
            {
                throw new InvalidOperationException(
                    $"The graph scores item {item} {score}; the formula scores it {scores[item]}, "
                        + $"and scores the item expected at this position {best.Score}.");
            }
        }
    }
}
