namespace PerCall.Training.Ratings;

/// <summary>Mean and standard deviation of ratings.</summary>
/// <remarks>
/// Gradient descent uses (rating − mean) ÷ deviation, so that the same settings suit a scale of 1 to 5 and one of 0 to 100.
/// </remarks>
internal readonly record struct RatingNorm(float Mean, float Deviation)
{
    public static RatingNorm Of(RatingSet ratings)
    {
        double mean = ratings.Mean();
        var squares = 0.0;
        foreach (var value in ratings.Values)
        {
            squares += (value - mean) * (value - mean);
        }

        var deviation = (float)Math.Sqrt(squares / Math.Max(1, ratings.Count));
        // When all ratings are equal there is nothing to scale.
        return new((float)mean, deviation > 1e-6f ? deviation : 1);
    }

    public float Apply(float rating) => (rating - Mean) / Deviation;
}
