using PerCall.Training.Ratings;

namespace PerCall.Training.Baselines;

/// <summary>r̂ = μ + b_u + b_i: how high this user rates, and how high this item is rated.</summary>
internal sealed record Baseline(float Mean, float[] UserBiases, float[] ItemBiases) : IRecommender
{
    /// <summary>Ratings of the mean that a user is thought to have besides their own: λ of a new user's bias.</summary>
    public float UserShrinkage { get; init; }

    public float Score(int user, int item) => Mean + UserBiases[user] + ItemBiases[item];

    public void ScoreAll(int user, Span<float> scores)
    {
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = Score(user, item);
        }
    }

    /// <summary>What the baseline leaves unexplained of each rating, in the places of a matrix by user.</summary>
    public float[] Residuals(RatingMatrix byUser) => Residuals(byUser, Score);

    /// <summary>The same, in the places of a matrix by item.</summary>
    public float[] ItemResiduals(RatingMatrix byItem) => Residuals(byItem, (item, user) => Score(user, item));

    private static float[] Residuals(RatingMatrix matrix, Func<int, int, float> score)
    {
        var residuals = new float[matrix.Values.Length];
        for (var row = 0; row < matrix.RowCount; row++)
        {
            for (var n = matrix.Offsets[row]; n < matrix.Offsets[row + 1]; n++)
            {
                residuals[n] = matrix.Values[n] - score(row, matrix.Columns[n]);
            }
        }

        return residuals;
    }
}
