using PerCall.Training.Evaluation;
using PerCall.Training.Ratings;
using Xunit;

namespace PerCall.Training.Tests.Evaluation;

public sealed class RankingQualityTests
{
    [Fact]
    public void Measure_KnownLists_FiguresByHand()
    {
        // User 0 has seen item 0 and wants 2 and 3; user 1 has seen 1 and wants 4, which is ranked third.
        var train = Set([(0, 0, 5), (1, 1, 5)]);
        var test = Set([(0, 2, 4), (0, 3, 5), (1, 4, 5), (1, 0, 1)]);
        var model = new Fixed([9, 8, 7, 1, 6]);

        var quality = RankingQuality.Measure(model, new(train, test), k: 2, relevant: 4);

        // Lists: user 0 gets 1, 2; user 1 gets 0, 2.
        Assert.Equal((0.5 + 0) / 2, quality.Precision, 1e-12);
        Assert.Equal((0.5 + 0) / 2, quality.Recall, 1e-12);
        Assert.Equal(1 / Math.Log2(3) / (1 + (1 / Math.Log2(3))) / 2, quality.Ndcg, 1e-12);
        Assert.Equal(3 / 5.0, quality.Coverage, 1e-12);
        Assert.Equal(2, quality.Users);
    }

    [Fact]
    public void Of_EqualScores_LowerIndexFirst() =>
        Assert.Equal([3, 0, 1], TopItems.Of([2, 2, 2, 5, float.NegativeInfinity, 1], 3));

    [Fact]
    public void Measure_EstimatesPastTheScale_AreClipped()
    {
        var test = Set([(0, 0, 5), (1, 1, 3)]);

        var errors = RatingErrors.Measure(new Fixed([9, 4, 0, 0, 0]), test);

        Assert.Equal(Math.Sqrt(0.5), errors.Rmse, 1e-12);
        Assert.Equal(0.5, errors.Mae, 1e-12);
    }

    private static RatingSet Set((int User, int Item, float Value)[] rows) => new()
    {
        Users = ["a", "b"],
        Items = ["0", "1", "2", "3", "4"],
        UserOf = [.. rows.Select(r => r.User)],
        ItemOf = [.. rows.Select(r => r.Item)],
        Values = [.. rows.Select(r => r.Value)],
        Scale = new(1, 5),
    };

    private sealed class Fixed(float[] scores) : IRecommender
    {
        public float Score(int user, int item) => scores[item];

        public void ScoreAll(int user, Span<float> all) => scores.CopyTo(all);
    }
}
