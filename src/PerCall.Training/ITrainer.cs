using PerCall.Training.Ratings;

namespace PerCall.Training;

/// <summary>A training method. The same ratings give the same model, bit for bit, whatever the number of threads.</summary>
internal interface ITrainer
{
    /// <summary>A record of the settings, for the model card; null when the method has none.</summary>
    object? Options { get; }

    /// <summary>Whether scores are estimated ratings, so that their error can be measured.</summary>
    bool EstimatesRatings { get; }

    IRecommender Train(RatingSet ratings, TrainingLog log);
}
