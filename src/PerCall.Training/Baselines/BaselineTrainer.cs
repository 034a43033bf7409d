using PerCall.Training.Ratings;

namespace PerCall.Training.Baselines;

/// <summary>Estimates biases by alternating least squares with shrinkage (Koren: "Factor in the neighbors", 2010, section 2.1).</summary>
internal sealed class BaselineTrainer(BaselineOptions options) : ITrainer
{
    public object? Options => options;

    public bool EstimatesRatings => true;

    public IRecommender Train(RatingSet ratings, TrainingLog log) => Fit(ratings, ratings.ByUser(), ratings.ByItem());

    /// <param name="ratings">The ratings, for their mean.</param>
    /// <param name="byUser">The same ratings, one row per user.</param>
    /// <param name="byItem">The same ratings, one row per item.</param>
    public Baseline Fit(RatingSet ratings, RatingMatrix byUser, RatingMatrix byItem)
    {
        var mean = ratings.Mean();
        var users = new float[byUser.RowCount];
        var items = new float[byItem.RowCount];
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            Solve(byItem, mean, users, items, options.ItemShrinkage);
            Solve(byUser, mean, items, users, options.UserShrinkage);
        }

        return new(mean, users, items) { UserShrinkage = options.UserShrinkage };
    }

    private static void Solve(RatingMatrix rows, float mean, float[] others, float[] biases, float shrinkage)
    {
        for (var row = 0; row < rows.RowCount; row++)
        {
            var columns = rows.ColumnsOf(row);
            var values = rows.ValuesOf(row);
            var sum = 0.0;
            for (var n = 0; n < columns.Length; n++)
            {
                sum += values[n] - mean - others[columns[n]];
            }

            biases[row] = columns.IsEmpty ? 0 : (float)(sum / (shrinkage + columns.Length));
        }
    }
}
