using PerCall.Training.Evaluation;
using Xunit;

namespace PerCall.Training.Tests.Evaluation;

public sealed class SplitTests
{
    [Fact]
    public void KFold_Five_EveryRatingTestedOnceAndNeverTrainedOn()
    {
        var ratings = Draws.Ratings(users: 31, items: 23, perUser: 7);

        var splits = Split.KFold(ratings, 5, seed: 9).ToList();

        var whole = Pairs(ratings).ToHashSet();
        Assert.Equal(whole.Order(), splits.SelectMany(s => Pairs(s.Test)).Order());
        Assert.All(splits, s => Assert.Equal(whole.Except(Pairs(s.Test)).Order(), Pairs(s.Train).Order()));
        Assert.All(splits, s => Assert.InRange(s.Test.Count, ratings.Count / 5, (ratings.Count / 5) + 1));
    }

    [Fact]
    public void LeaveLastOut_Times_TestsTheLatestOfEachUser()
    {
        var ratings = Draws.Ratings(users: 3, items: 5, perUser: 3) with { Times = [5, 9, 1, 2, 2, 1, 7, 7, 8] };
        // The first user's latest is the second one; of two at one time the one further down counts.
        var split = Split.LeaveLastOut(ratings);

        Assert.Equal([1, 4, 8], split.Test.ItemOf.Select((item, n) => Index(ratings, split.Test.UserOf[n], item)));
        Assert.Equal(6, split.Train.Count);
    }

    [Fact]
    public void LeaveLastOut_SingleRating_StaysInTraining()
    {
        var ratings = Draws.Ratings(users: 4, items: 5, perUser: 1);

        Assert.Equal(0, Split.LeaveLastOut(ratings).Test.Count);
    }

    private static IEnumerable<(int User, int Item)> Pairs(Training.Ratings.RatingSet ratings) => ratings.UserOf.Zip(ratings.ItemOf);

    private static int Index(Training.Ratings.RatingSet ratings, int user, int item) =>
        Enumerable.Range(0, ratings.Count).Single(n => ratings.UserOf[n] == user && ratings.ItemOf[n] == item);
}
