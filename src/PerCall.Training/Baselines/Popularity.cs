using PerCall.Training.Ratings;

namespace PerCall.Training.Baselines;

/// <summary>Recommends the most rated items to every user. This is the reference that a recommender has to beat.</summary>
internal sealed class Popularity : ITrainer
{
    public object? Options => null;

    public bool EstimatesRatings => false;

    public IRecommender Train(RatingSet ratings, TrainingLog log)
    {
        var counts = new float[ratings.Items.Length];
        foreach (var item in ratings.ItemOf)
        {
            counts[item]++;
        }

        return new Model(counts);
    }

    private sealed class Model(float[] counts) : IRecommender
    {
        public float Score(int user, int item) => counts[item];

        public void ScoreAll(int user, Span<float> scores) => counts.CopyTo(scores);
    }
}
