using PerCall.Training.Baselines;
using PerCall.Training.Ratings;

namespace PerCall.Training.Neighbors;

/// <summary>Trains neighbour methods over items or users (Koren 2010).</summary>
/// <param name="overItems">True for neighbours of the item, false for neighbours of the user.</param>
/// <param name="options">The settings.</param>
internal sealed class NeighborTrainer(bool overItems, NeighborOptions options) : ITrainer
{
    public object? Options => options;

    public bool EstimatesRatings => true;

    public IRecommender Train(RatingSet ratings, TrainingLog log)
    {
        var byUser = ratings.ByUser();
        var byItem = ratings.ByItem();
        var baseline = options.Baseline is { } settings
            ? new BaselineTrainer(settings).Fit(ratings, byUser, byItem)
            // μ + Σ s (r − μ) ÷ Σ s is Σ s r ÷ Σ s.
            : new Baseline(ratings.Mean(), new float[byUser.RowCount], new float[byItem.RowCount]);
        var userValues = baseline.Residuals(byUser);
        var itemValues = baseline.ItemResiduals(byItem);
        var started = log.Start();
        var search = new NeighborSearch(options);
        var lists = overItems
            ? search.Find(byItem, byUser, itemValues, userValues)
            : search.Find(byUser, byItem, userValues, itemValues);
        log.Epoch(1, 1, ratings.Count, started, error: null);
        return overItems
            ? new ItemNeighborModel(baseline, lists, options.Shrinkage, byUser)
            : new UserNeighborModel(baseline, lists, options.Shrinkage, byUser);
    }
}
