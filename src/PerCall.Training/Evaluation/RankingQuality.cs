
namespace PerCall.Training.Evaluation;

/// <summary>The quality of the k best items per user, among all items that the user did not rate in training.</summary>
/// <param name="Precision">Mean share of the k items that are relevant.</param>
/// <param name="Recall">Mean share of the relevant items that are among the k.</param>
/// <param name="Ndcg">Mean normalised discounted cumulative gain of the k, with a gain of 1 for a relevant item.</param>
/// <param name="Coverage">Share of all items that are among the k of at least one user.</param>
/// <param name="Users">Number of users with at least one relevant item; only these are counted.</param>
internal readonly record struct RankingQuality(double Precision, double Recall, double Ndcg, double Coverage, int Users)
{
    /// <param name="model">The recommender.</param>
    /// <param name="split">Its training part, and the test part with the relevant items.</param>
    /// <param name="k">Items per user; at least 1.</param>
    /// <param name="relevant">The lowest rating of the test part that makes an item relevant.</param>
    public static RankingQuality Measure(IRecommender model, Split split, int k, float relevant)
    {
        var seen = split.Train.ByUser();
        var test = split.Test.ByUser();
        var recommended = new bool[split.Train.Items.Length];
        var scores = new float[split.Train.Items.Length];
        var wanted = new HashSet<int>();
        var (precision, recall, ndcg, users) = (0.0, 0.0, 0.0, 0);
        for (var user = 0; user < test.RowCount; user++)
        {
            wanted.Clear();
            foreach (var (n, item) in test.ColumnsOf(user).ToArray().Index())
            {
                if (test.ValuesOf(user)[n] >= relevant)
                {
                    wanted.Add(item);
                }
            }

            if (wanted.Count == 0)
            {
                continue;
            }

            users++;
            model.ScoreAll(user, scores);
            foreach (var item in seen.ColumnsOf(user))
            {
                scores[item] = float.NegativeInfinity;
            }

            var (hits, gain) = (0, 0.0);
            foreach (var (rank, item) in TopItems.Of(scores, k).Index())
            {
                recommended[item] = true;
                if (wanted.Contains(item))
                {
                    hits++;
                    gain += Discount(rank);
                }
            }

            precision += (double)hits / k;
            recall += (double)hits / wanted.Count;
            ndcg += gain / Enumerable.Range(0, Math.Min(k, wanted.Count)).Sum(Discount);
        }

        return new(precision / users, recall / users, ndcg / users, (double)recommended.Count(r => r) / recommended.Length, users);
    }

    private static double Discount(int rank) => 1 / Math.Log2(rank + 2);
}
