using PerCall.Training.Neighbors;
using Xunit;

namespace PerCall.Training.Tests.Neighbors;

public sealed class NeighborSearchTests
{
    [Theory]
    [InlineData("Cosine")]
    [InlineData("PearsonBaseline")]
    public void Find_AllPairs_TheNearestByTheFormula(string name)
    {
        var similarity = Enum.Parse<Similarity>(name);
        var ratings = Draws.Ratings(users: 60, items: 25, perUser: 10);
        var (byUser, byItem) = (ratings.ByUser(), ratings.ByItem());
        var options = new NeighborOptions { Neighbors = 6, Similarity = similarity, SimilarityShrinkage = 4, MinCommon = 3 };
        var centred = ratings with { Values = [.. ratings.Values.Select(v => v - 3)] };
        var (rows, columns) = (centred.ByItem(), centred.ByUser());

        var lists = new NeighborSearch(options).Find(byItem, byUser, rows.Values, columns.Values);

        var table = new float?[25, 60];
        for (var n = 0; n < centred.Count; n++)
        {
            table[centred.ItemOf[n], centred.UserOf[n]] = centred.Values[n];
        }

        for (var item = 0; item < 25; item++)
        {
            var expected = Enumerable.Range(0, 25).Where(o => o != item)
                .Select(o => (Other: o, Value: Expected(table, item, o, similarity)))
                .Where(s => s.Value > 0).OrderByDescending(s => s.Value).ThenBy(s => s.Other).Take(6).Select(s => s.Value).ToArray();
            Assert.Equal(expected.Length, lists.SimilaritiesOf(item).ToArray().Count(s => s > 0));
            Assert.All(expected.Zip(lists.SimilaritiesOf(item).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
            Assert.All(
                lists.IndicesOf(item).ToArray().Take(expected.Length).Zip(lists.SimilaritiesOf(item).ToArray()),
                pair => Assert.Equal(Expected(table, item, pair.First, similarity), pair.Second, 1e-5f));
        }
    }

    private static float Expected(float?[,] table, int left, int right, Similarity similarity)
    {
        var users = Enumerable.Range(0, table.GetLength(1)).ToArray();
        var common = users.Where(u => table[left, u] is not null && table[right, u] is not null).ToArray();
        var norms = similarity == Similarity.Cosine ? users : common;
        var product = common.Sum(u => table[left, u]!.Value * table[right, u]!.Value);
        var norm = MathF.Sqrt(
            norms.Sum(
                u => (table[left, u] ?? 0) * (table[left, u] ?? 0)) * norms.Sum(u => (table[right, u] ?? 0) * (table[right, u] ?? 0)));
        return common.Length < 3 || norm == 0 ? 0 : product / norm * (common.Length - 1) / (common.Length - 1 + 4);
    }
}
