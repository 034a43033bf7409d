using PerCall.Inference.Packages;
using PerCall.Training.Baselines;
using PerCall.Training.Evaluation;
using Xunit;

namespace PerCall.Training.Tests;

public sealed class MethodsTests
{
    private static readonly MethodSettings Few = new() { Seed = 3 };

    public static TheoryData<RecommenderMethod> All => [.. Enum.GetValues<RecommenderMethod>()];

    public static TheoryData<RecommenderMethod> OfRatings =>
        [.. Enum.GetValues<RecommenderMethod>().Where(m => m != RecommenderMethod.ImplicitAls)];

    [Theory]
    [MemberData(nameof(All))]
    public void Train_OneThreadOrThree_SameBits(RecommenderMethod method)
    {
        var ratings = Draws.Ratings(users: 300, items: 200);

        var one = Methods.Create(method, Few with { Threads = 1 }).Train(ratings, TrainingLog.None);
        var three = Methods.Create(method, Few with { Threads = 3 }).Train(ratings, TrainingLog.None);

        Assert.Equal(Draws.Scores(one, ratings), Draws.Scores(three, ratings));
    }

    [Theory]
    [InlineData(RecommenderMethod.MatrixFactorization)]
    [InlineData(RecommenderMethod.SvdPlusPlus)]
    [InlineData(RecommenderMethod.ImplicitAls)]
    public void Train_OtherSeed_OtherModel(RecommenderMethod method)
    {
        var ratings = Draws.Ratings();

        var first = Methods.Create(method, Few).Train(ratings, TrainingLog.None);
        var second = Methods.Create(method, Few with { Seed = 4 }).Train(ratings, TrainingLog.None);

        Assert.NotEqual(Draws.Scores(first, ratings), Draws.Scores(second, ratings));
    }

    [Theory]
    [MemberData(nameof(OfRatings))]
    public void Train_HiddenTastes_BeatsTheBaselineByAThird(RecommenderMethod method)
    {
        var split = Split.KFold(Draws.Ratings(), 5, seed: 1).First();

        var error = RatingErrors.Measure(Methods.Create(method, Few).Train(split.Train, TrainingLog.None), split.Test).Rmse;

        var baseline = RatingErrors.Measure(new BaselineTrainer(new()).Train(split.Train, TrainingLog.None), split.Test).Rmse;
        Assert.True(error < baseline * 2 / 3, $"{error} against the baseline's {baseline}");
    }

    [Theory]
    [InlineData(RecommenderMethod.MatrixFactorization)]
    [InlineData(RecommenderMethod.SvdPlusPlus)]
    public void Train_RatingsTimesTwenty_EstimatesTimesTwenty(RecommenderMethod method)
    {
        var ratings = Draws.Ratings();
        var wide = Draws.Ratings(times: 20);

        var narrow = Draws.Scores(Methods.Create(method, Few).Train(ratings, TrainingLog.None), ratings);
        var estimates = Draws.Scores(Methods.Create(method, Few).Train(wide, TrainingLog.None), wide);

        Assert.All(narrow.Zip(estimates), pair => Assert.Equal(20 * pair.First, pair.Second, 0.05f));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ScoreAll_EveryUser_IsScore(RecommenderMethod method)
    {
        var ratings = Draws.Ratings();
        var model = Methods.Create(method, Few).Train(ratings, TrainingLog.None);

        var all = Draws.Scores(model, ratings);

        for (var n = 0; n < all.Length; n++)
        {
            Assert.Equal(all[n], model.Score(n / ratings.Items.Length, n % ratings.Items.Length), 1e-5f);
        }
    }

    [Theory]
    [MemberData(nameof(OfRatings))]
    public void Train_ItemWithoutRatings_IsEstimatedWithoutIt(RecommenderMethod method)
    {
        var whole = Draws.Ratings();
        var without = whole.Select([.. Enumerable.Range(0, whole.Count).Where(n => whole.ItemOf[n] != 7)]);

        var model = Methods.Create(method, Few).Train(without, TrainingLog.None);

        // Half of its users would love it and half would not, so an estimate that leans far to a side was made of chance.
        var estimates = Enumerable.Range(0, whole.Users.Length).Select(u => model.Score(u, 7)).ToArray();
        Assert.All(estimates, e => Assert.InRange(e, 2f, 4f));
    }
}
