using PerCall.Training.Ratings;

namespace PerCall.Training.Tests;

/// <summary>Small sets of ratings drawn by a seed.</summary>
internal static class Draws
{
    /// <summary>Ratings of two hidden tastes and two kinds of items, with noise: there is something to learn.</summary>
    public static RatingSet Ratings(int users = 120, int items = 80, int perUser = 20, int seed = 5, float times = 1)
    {
        var random = new Random(seed);
        var rows = (from user in Enumerable.Range(0, users)
                    from item in Enumerable.Range(0, items).OrderBy(_ => random.Next()).Take(perUser).ToArray()
                    let taste = user % 2 == item % 2 ? 1 : -1
                    select (
                        user, item, value: times * (float)Math.Clamp(
                            Math.Round(3 + taste + ((item % 5) - 2) * 0.2 + random.NextDouble() - 0.5), 1, 5))).ToArray();
        return new()
        {
            Users = [.. Enumerable.Range(0, users).Select(u => $"u{u}")],
            Items = [.. Enumerable.Range(0, items).Select(i => $"i{i}")],
            UserOf = [.. rows.Select(r => r.user)],
            ItemOf = [.. rows.Select(r => r.item)],
            Values = [.. rows.Select(r => r.value)],
            Times = [.. rows.Select((_, n) => (long)n)],
            Scale = new(times, 5 * times),
        };
    }

    /// <summary>All scores of a model, one user after another.</summary>
    public static float[] Scores(IRecommender model, RatingSet ratings)
    {
        var scores = new float[ratings.Users.Length * ratings.Items.Length];
        for (var user = 0; user < ratings.Users.Length; user++)
        {
            model.ScoreAll(user, scores.AsSpan(user * ratings.Items.Length, ratings.Items.Length));
        }

        return scores;
    }
}
