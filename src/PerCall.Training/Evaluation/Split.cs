using PerCall.Training.Ratings;

namespace PerCall.Training.Evaluation;

/// <summary>Ratings for training and ratings for testing.</summary>
internal sealed record Split(RatingSet Train, RatingSet Test)
{
    /// <summary>Splits at random, so that each rating is in exactly one test part.</summary>
    /// <param name="ratings">All ratings.</param>
    /// <param name="folds">2 to the number of ratings.</param>
    /// <param name="seed">Determines the parts.</param>
    public static IEnumerable<Split> KFold(RatingSet ratings, int folds, int seed)
    {
        var order = Enumerable.Range(0, ratings.Count).ToArray();
        new Random(seed).Shuffle(order);
        for (var fold = 0; fold < folds; fold++)
        {
            var from = (int)((long)ratings.Count * fold / folds);
            var to = (int)((long)ratings.Count * (fold + 1) / folds);
            yield return new(
                ratings.Select([.. order.AsSpan(0, from), .. order.AsSpan(to)]), ratings.Select(order.AsSpan(from, to - from)));
        }
    }

    /// <summary>
    /// Uses each user's latest rating as the test, except for users with a single rating. Of ratings with equal times, uses the last in the
    /// file.
    /// </summary>
    /// <exception cref="ArgumentException">The ratings have no timestamps.</exception>
    public static Split LeaveLastOut(RatingSet ratings)
    {
        var times = ratings.Times ?? throw new ArgumentException(
            "Leave-last-out evaluation requires a timestamp for every rating.", nameof(ratings));
        var last = new int[ratings.Users.Length];
        var counts = new int[ratings.Users.Length];
        for (var n = 0; n < ratings.Count; n++)
        {
            var user = ratings.UserOf[n];
            if (counts[user]++ == 0 || times[n] >= times[last[user]])
            {
                last[user] = n;
            }
        }

        var all = Enumerable.Range(0, ratings.Count);
        return new(
            ratings.Select([.. all.Where(n => !IsTest(n))]),
            ratings.Select([.. all.Where(IsTest)]));

        bool IsTest(int n) => counts[ratings.UserOf[n]] > 1 && last[ratings.UserOf[n]] == n;
    }
}
