using PerCall.Training.Ratings;

namespace PerCall.Training.Baselines;

/// <summary>r̂ = μ + b_u + b_i: the mean, the user's bias and the item's bias.</summary>
internal sealed record Baseline(float Mean, float[] UserBiases, float[] ItemBiases) : IRecommender
{
    /// <summary>Shrinkage of a user's bias, as a number of additional ratings equal to the mean: λ of a new user's bias.</summary>
    public float UserShrinkage { get; init; }

    public float Score(int user, int item) => Mean + UserBiases[user] + ItemBiases[item];

    public void ScoreAll(int user, Span<float> scores)
    {
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = Score(user, item);
        }
    }

    /// <summary>Returns the difference of each rating from the baseline, in the places of a matrix by user.</summary>
    public float[] Residuals(RatingMatrix byUser) => Residuals(byUser, Score);

    /// <summary>Returns the difference of each rating from the baseline, in the places of a matrix by item.</summary>
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
