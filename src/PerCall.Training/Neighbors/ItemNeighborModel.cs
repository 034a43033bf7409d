using PerCall.Training.Baselines;
using PerCall.Training.Ratings;

namespace PerCall.Training.Neighbors;

/// <summary>r̂ = b_ui + Σ s_ij (r_uj − b_uj) ÷ (Σ s_ij + shrinkage), over the listed neighbours j of item i that user u rated.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed record ItemNeighborModel(Baseline Baseline, NeighborLists Lists, float Shrinkage, RatingMatrix ByUser) : IRecommender
{
    // Residuals of the last requested user's ratings, by item; NaN for items without a rating.
    private (int User, float[] Residuals) _last = (-1, []);

    public float Score(int user, int item) => Score(user, item, ResidualsOf(user));

    public void ScoreAll(int user, Span<float> scores)
    {
        var residuals = ResidualsOf(user);
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = Score(user, item, residuals);
        }
    }

    private float Score(int user, int item, float[] residuals)
    {
        var neighbors = Lists.IndicesOf(item);
        var similarities = Lists.SimilaritiesOf(item);
        var (sum, weight) = (0f, Shrinkage);
        for (var n = 0; n < neighbors.Length && similarities[n] > 0; n++)
        {
            var residual = residuals[neighbors[n]];
            if (!float.IsNaN(residual))
            {
                sum += similarities[n] * residual;
                weight += similarities[n];
            }
        }

        return Baseline.Score(user, item) + (weight > 0 ? sum / weight : 0);
    }

    private float[] ResidualsOf(int user)
    {
        var (lastUser, residuals) = _last;
        if (lastUser != user)
        {
            residuals = new float[ByUser.ColumnCount];
            Array.Fill(residuals, float.NaN);
            foreach (var (n, item) in ByUser.ColumnsOf(user).ToArray().Index())
            {
                residuals[item] = ByUser.ValuesOf(user)[n] - Baseline.Score(user, item);
            }

            _last = (user, residuals);
        }

        return residuals;
    }
}
