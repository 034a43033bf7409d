namespace PerCall.Training.Ratings;

/// <summary>Checks whether a method can learn from the ratings.</summary>
internal static class RatingCheck
{
    /// <exception cref="TrainingException">It cannot.</exception>
    public static void Check(RatingSet ratings, ITrainer trainer)
    {
        if (trainer.EstimatesRatings && ratings.Scale.Min >= ratings.Scale.Max)
        {
            throw new TrainingException(
                $"All ratings are {ratings.Scale.Min}, so there is nothing to estimate. For feedback without ratings use --method als; "
                    + "if other ratings are possible, set --min-rating and --max-rating.");
        }
    }
}
