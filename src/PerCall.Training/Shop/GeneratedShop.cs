using PerCall.Training.Ratings;

namespace PerCall.Training.Shop;

/// <summary>A shop that never was, and what its customers truly think, which no ratings of real people come with.</summary>
internal sealed record GeneratedShop(IReadOnlyList<ShopItem> Items, IReadOnlyList<ShopCustomer> Customers, RatingSet Ratings)
{
    private const double Middle = 3.3;
    private const double PriceWeight = 0.9;

    /// <summary>
    /// The rating that the customer would give without a mood: taste, quality, mildness, and how far the price is from what suits. Not
    /// bound to 1 to 5.
    /// </summary>
    public static double Affinity(ShopCustomer customer, ShopItem item)
    {
        var price = Math.Log(item.Price / ShopCategory.All[item.Category].Price);
        return Middle + customer.Mildness + customer.Tastes[item.Category] + item.Quality - (
            PriceWeight * Math.Abs(price - customer.Purse));
    }
}
