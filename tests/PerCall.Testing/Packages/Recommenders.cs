using System.Globalization;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Packaging;

namespace PerCall.Testing.Packages;

/// <summary>
/// Recommenders that were not trained but drawn: users and items have tastes, ratings follow from them with a little noise, and the model's
/// arrays are the tastes themselves. So what a good answer is, is known.
/// </summary>
public static class Recommenders
{
    private const float Mean = 3.5f;
    private static readonly string[] Categories = ["books", "garden", "kitchen", "music"];

    public static RecommenderDescription Description(string name, string version = "1") => new()
    {
        Name = name,
        Version = version,
        Description = $"{name}, for tests",
        License = "MIT",
        Card = "# Drawn, not trained\n",
    };

    public static RecommenderData Draw(
        RecommenderMethod method, int users = 60, int items = 40, int factors = 6, int perUser = 25, int seed = 1)
    {
        var random = new Random(seed);
        var scale = 1 / MathF.Sqrt(factors);
        var (userTastes, itemTastes) = (Matrix(random, users, factors, 2 * scale), Matrix(random, items, factors, 1));
        var (userBiases, itemBiases) = (Matrix(random, users, 1, 0.3f), Matrix(random, items, 1, 0.3f));
        var isImplicit = method == RecommenderMethod.ImplicitAls;

        var history = Interactions(random, users, items, perUser, (u, i) =>
        {
            var rating = Mean + userBiases[u] + itemBiases[i] + Dot(userTastes, u, itemTastes, i, factors) + (0.05f * Normal(random));
            return isImplicit ? MathF.Round(MathF.Max(1, rating)) : Math.Clamp(rating, 0.5f, 5f);
        });
        var data = new RecommenderData
        {
            Method = method,
            Users = [.. Enumerable.Range(0, users).Select(u => Id("user", u))],
            Items = [.. Enumerable.Range(0, items).Select(i => new CatalogItem(Id("item", i), $"Title {i} ✓", new Dictionary<string, string>
            {
                ["category"] = Categories[i % Categories.Length],
                ["maker"] = Id("maker", i % 7),
            }))],
            History = history,
            Mean = isImplicit ? 0 : Mean,
            Rating = isImplicit ? null : new RatingRange(0.5f, 5),
            Regularization = isImplicit ? 0.1f : 0.001f,
            Confidence = isImplicit ? 2 : 1,
            Shrinkage = 0.2f,
        };
        return method switch
        {
            RecommenderMethod.ImplicitAls => data with { Dimensions = factors, UserVectors = userTastes, ItemVectors = itemTastes },
            RecommenderMethod.ItemNeighbors =>
                WithNeighbors(data, itemTastes, factors, items) with { UserBiases = userBiases, ItemBiases = itemBiases },
            RecommenderMethod.UserNeighbors =>
                WithNeighbors(data, userTastes, factors, users) with { UserBiases = userBiases, ItemBiases = itemBiases },
            _ => data with
            {
                Dimensions = factors + 2,
                UserVectors = Rows(users, factors, userTastes, u => (1, Mean + userBiases[u])),
                ItemVectors = Rows(items, factors, itemTastes, i => (itemBiases[i], 1)),
                ImplicitItemVectors = method == RecommenderMethod.SvdPlusPlus ? Matrix(random, items, factors, 0.1f) : default,
            },
        };
    }

    private static string Id(string of, int index) => string.Create(CultureInfo.InvariantCulture, $"{of}-{index}");

    private static RecommenderData WithNeighbors(RecommenderData data, float[] tastes, int factors, int rows)
    {
        const int Places = 12;
        var (neighbors, similarities) = (new int[rows * Places], new float[rows * Places]);
        for (var row = 0; row < rows; row++)
        {
            var length = MathF.Sqrt(Dot(tastes, row, tastes, row, factors));
            var nearest = Enumerable.Range(0, rows).Where(r => r != row)
                .Select(
                    r => (Row: r, Cosine: Dot(tastes, row, tastes, r, factors) / length / MathF.Sqrt(Dot(tastes, r, tastes, r, factors))))
                // Some rows have fewer neighbours than places, some have unlike ones.
                .Where(n => n.Cosine > (row % 3 == 0 ? 0.5f : -1f)).OrderByDescending(n => n.Cosine).Take(Places).ToList();
            for (var k = 0; k < nearest.Count; k++)
            {
                (neighbors[(row * Places) + k], similarities[(row * Places) + k]) = (
                    nearest[k].Row, nearest[k].Cosine * (k == Places - 1 ? -0.5f : 1));
            }
        }

        return data with { NeighborCount = Places, Neighbors = neighbors, Similarities = similarities };
    }

    private static Interactions Interactions(Random random, int users, int items, int perUser, Func<int, int, float> rate)
    {
        var (offsets, rated, ratings) = (new long[users + 1], new List<int>(), new List<float>());
        for (var user = 0; user < users; user++)
        {
            // The first items are the most popular.
            var chosen = Enumerable.Range(0, items).Select(
                i => (Item: i, Key: random.NextDouble() * (1 + (i / (double)items)))).OrderBy(c => c.Key)
                .Take(Math.Min(perUser, items - 5)).Select(c => c.Item).Order();
            foreach (var item in chosen)
            {
                rated.Add(item);
                ratings.Add(rate(user, item));
            }

            offsets[user + 1] = rated.Count;
        }

        return new(offsets, rated.ToArray(), ratings.ToArray());
    }

    private static float[] Rows(int rows, int factors, float[] tastes, Func<int, (float, float)> tail)
    {
        var matrix = new float[rows * (factors + 2)];
        for (var row = 0; row < rows; row++)
        {
            tastes.AsSpan(row * factors, factors).CopyTo(matrix.AsSpan(row * (factors + 2)));
            (matrix[(row * (factors + 2)) + factors], matrix[(row * (factors + 2)) + factors + 1]) = tail(row);
        }

        return matrix;
    }

    private static float Dot(float[] left, int l, float[] right, int r, int width)
    {
        var sum = 0f;
        for (var k = 0; k < width; k++)
        {
            sum += left[(l * width) + k] * right[(r * width) + k];
        }

        return sum;
    }

    private static float[] Matrix(Random random, int rows, int columns, float scale) =>
        [.. Enumerable.Range(0, rows * columns).Select(_ => scale * Normal(random))];

    private static float Normal(Random random) =>
        MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
}
