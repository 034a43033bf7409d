using PerCall.Training.Shop;
using Xunit;

namespace PerCall.Training.Tests.Shop;

public sealed class ShopGeneratorTests
{
    [Fact]
    public void Generate_SameSeed_SameShop()
    {
        var (first, second) = (new ShopGenerator(4).Generate(), new ShopGenerator(4).Generate());

        Assert.Equal(first.Items, second.Items);
        Assert.Equal(first.Ratings.Values, second.Ratings.Values);
        Assert.Equal(first.Ratings.Times, second.Ratings.Times);
        Assert.NotEqual(first.Ratings.Values, new ShopGenerator(5).Generate().Ratings.Values);
    }

    [Fact]
    public void Generate_Titles_EachOnce()
    {
        var shop = new ShopGenerator(1).Generate();

        Assert.Equal(shop.Items.Count, shop.Items.Select(i => i.Title).Distinct().Count());
        Assert.Equal(shop.Ratings.Count, shop.Ratings.UserOf.Zip(shop.Ratings.ItemOf).Distinct().Count());
    }

    [Fact]
    public void Generate_SeasonalGoods_SellInTheirSeason()
    {
        var ratings = new ShopGenerator(1).Generate();

        var summer = Enumerable.Range(0, ratings.Ratings.Count)
            .Where(n => ShopCategory.All[ratings.Items[ratings.Ratings.ItemOf[n]].Category].Season == Season.Summer)
            .Select(n => DateTimeOffset.FromUnixTimeSeconds(ratings.Ratings.Times![n]).Month is >= 4 and <= 9)
            .ToList();
        Assert.InRange(summer.Count(inSeason => inSeason) / (double)summer.Count, 0.6, 0.9);
    }
}
