namespace PerCall.Training.Ratings;

/// <summary>Whether a method can learn from ratings at all.</summary>
internal static class RatingCheck
{
    /// <exception cref="TrainingException">It cannot.</exception>
    public static void Check(RatingSet ratings, ITrainer trainer)
    {
        if (trainer.EstimatesRatings && ratings.Scale.Min >= ratings.Scale.Max)
        {
            throw new TrainingException(
                $"All ratings are {ratings.Scale.Min}: there is nothing to estimate. Feedback without ratings is for --method als; if other ratings can be given, say --min-rating and --max-rating.");
        }
    }
}
