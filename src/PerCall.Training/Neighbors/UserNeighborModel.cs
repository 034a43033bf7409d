using PerCall.Training.Baselines;
using PerCall.Training.Ratings;

namespace PerCall.Training.Neighbors;

/// <summary>r̂ = b_ui + Σ s_uv (r_vi − b_vi) ÷ (Σ s_uv + shrinkage), over the listed neighbours v of user u who rated item i.</summary>
internal sealed record UserNeighborModel(Baseline Baseline, NeighborLists Lists, float Shrinkage, RatingMatrix ByUser) : IRecommender
{
    public float Score(int user, int item)
    {
        var (sum, weight) = (0f, Shrinkage);
        foreach (var (n, neighbor) in Lists.IndicesOf(user).ToArray().Index())
        {
            var similarity = Lists.SimilaritiesOf(user)[n];
            var place = similarity > 0 ? ByUser.ColumnsOf(neighbor).BinarySearch(item) : -1;
            if (place >= 0)
            {
                sum += similarity * (ByUser.ValuesOf(neighbor)[place] - Baseline.Score(neighbor, item));
                weight += similarity;
            }
        }

        return Baseline.Score(user, item) + (weight > 0 ? sum / weight : 0);
    }

    public void ScoreAll(int user, Span<float> scores)
    {
        var sums = new float[scores.Length];
        var weights = new float[scores.Length];
        Array.Fill(weights, Shrinkage);
        foreach (var (n, neighbor) in Lists.IndicesOf(user).ToArray().Index())
        {
            var similarity = Lists.SimilaritiesOf(user)[n];
            if (similarity <= 0)
            {
                break;
            }

            var items = ByUser.ColumnsOf(neighbor);
            var values = ByUser.ValuesOf(neighbor);
            for (var m = 0; m < items.Length; m++)
            {
                sums[items[m]] += similarity * (values[m] - Baseline.Score(neighbor, items[m]));
                weights[items[m]] += similarity;
            }
        }

        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = Baseline.Score(user, item) + (weights[item] > 0 ? sums[item] / weights[item] : 0);
        }
    }
}
