namespace PerCall.Training.Evaluation;

/// <summary>The metrics of a method, as means over the splits.</summary>
/// <param name="Errors">Null when the method does not estimate ratings.</param>
/// <param name="Ranking">The quality of its lists.</param>
internal sealed record MethodFigures(RatingErrors? Errors, RankingQuality Ranking)
{
    public static MethodFigures Run(string name, ITrainer trainer, IReadOnlyList<Split> splits, int k, float relevant, TrainingLog log)
    {
        var errors = new List<RatingErrors>();
        var rankings = new List<RankingQuality>();
        foreach (var (fold, split) in splits.Index())
        {
            var started = log.Start();
            var model = trainer.Train(split.Train, TrainingLog.None);
            var seconds = log.Seconds(started);
            if (trainer.EstimatesRatings)
            {
                errors.Add(RatingErrors.Measure(model, split.Test));
            }

            rankings.Add(RankingQuality.Measure(model, split, k, relevant));
            var millions = split.Train.Count / seconds / 1e6;
            log.Write($"{name}: fold {fold + 1} of {splits.Count}, trained in {seconds:0.00} s, {millions:0.00} million ratings/s");
        }

        return new(
            errors.Count == 0 ? null : new(errors.Average(e => e.Rmse), errors.Average(e => e.Mae)),
            new(
                rankings.Average(r => r.Precision), rankings.Average(r => r.Recall), rankings.Average(r => r.Ndcg),
                rankings.Average(r => r.Coverage), rankings.Sum(r => r.Users)));
    }
}
