using PerCall.Training.Ratings;

namespace PerCall.Training;

/// <summary>A method of training. The same ratings give the same model, bit for bit, whatever the number of threads.</summary>
internal interface ITrainer
{
    /// <summary>A record of the settings, for the model card; null where there are none.</summary>
    object? Options { get; }

    /// <summary>Whether scores are estimates of ratings, so that their error can be measured.</summary>
    bool EstimatesRatings { get; }

    IRecommender Train(RatingSet ratings, TrainingLog log);
}
