using System.Globalization;
using PerCall.Training.Ratings;

namespace PerCall.Bench.Recommend;

/// <summary>Ratings without meaning, for measuring time.</summary>
internal static class DrawnRatings
{
    /// <summary>Users alike, items by the square of a uniform number, so that a tenth of them has a third of the ratings.</summary>
    public static RatingSet Draw(int users, int items, int count, int seed)
    {
        var random = new Random(seed);
        var (userOf, itemOf, values) = (new int[count], new int[count], new float[count]);
        for (var n = 0; n < count; n++)
        {
            var uniform = random.NextDouble();
            userOf[n] = random.Next(users);
            itemOf[n] = (int)(uniform * uniform * items);
            values[n] = 1 + (random.Next(9) / 2f);
        }

        return new()
        {
            Users = Ids(users),
            Items = Ids(items),
            UserOf = userOf,
            ItemOf = itemOf,
            Values = values,
            Scale = new(1, 5),
        };
    }

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(n => n.ToString(CultureInfo.InvariantCulture))];
}
