using PerCall.Training.Factorization;
using PerCall.Training.Ratings;
using Xunit;

namespace PerCall.Training.Tests.Factorization;

public sealed class RatingBlocksTests
{
    [Fact]
    public void Cut_AnySet_EveryRatingOnceAndPartsApart()
    {
        var ratings = Draws.Ratings(users: 700, items: 90);
        var norm = new RatingNorm(0, 1);

        var blocks = RatingBlocks.Cut(ratings, norm, rowBytes: 4096, new Random(1));

        Assert.True(blocks.Side > 1);
        var seen = new List<(int, int, float)>();
        var partOfUser = new Dictionary<int, int>();
        var partOfItem = new Dictionary<int, int>();
        foreach (var (userPart, itemPart) in Enumerable.Range(0, blocks.Side * blocks.Side).Select(n => (n / blocks.Side, n % blocks.Side)))
        {
            foreach (var entry in blocks.Block(userPart, itemPart).ToArray())
            {
                seen.Add((entry.User, entry.Item, entry.Value));
                Assert.Equal(userPart, partOfUser.TryAdd(entry.User, userPart) ? userPart : partOfUser[entry.User]);
                Assert.Equal(itemPart, partOfItem.TryAdd(entry.Item, itemPart) ? itemPart : partOfItem[entry.Item]);
            }
        }

        var expected = Enumerable.Range(0, ratings.Count).Select(
            n => (blocks.Users[ratings.UserOf[n]], blocks.Items[ratings.ItemOf[n]], ratings.Values[n]));
        Assert.Equal(expected.Order(), seen.Order());
        Assert.Equal(Enumerable.Range(0, 700), blocks.Users.Order());
        Assert.Equal(Enumerable.Range(0, 90), blocks.Items.Order());
    }
}
