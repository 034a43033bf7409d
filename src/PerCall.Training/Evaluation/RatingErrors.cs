using PerCall.Training.Ratings;

namespace PerCall.Training.Evaluation;

/// <summary>The errors of estimated ratings.</summary>
internal readonly record struct RatingErrors(double Rmse, double Mae)
{
    /// <summary>Measures the errors. Estimates are clipped to the scale first, as in serving.</summary>
    public static RatingErrors Measure(IRecommender model, RatingSet test)
    {
        var (squares, sum) = (0.0, 0.0);
        for (var n = 0; n < test.Count; n++)
        {
            double error = test.Scale.Clip(model.Score(test.UserOf[n], test.ItemOf[n])) - test.Values[n];
            squares += error * error;
            sum += Math.Abs(error);
        }

        return new(Math.Sqrt(squares / test.Count), sum / test.Count);
    }
}
