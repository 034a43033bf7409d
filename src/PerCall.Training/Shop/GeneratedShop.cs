using PerCall.Training.Ratings;

namespace PerCall.Training.Shop;

/// <summary>A fictional shop with the true preferences of its customers, which real ratings do not have.</summary>
internal sealed record GeneratedShop(IReadOnlyList<ShopItem> Items, IReadOnlyList<ShopCustomer> Customers, RatingSet Ratings)
{
    private const double Middle = 3.3;
    private const double PriceWeight = 0.9;

    /// <summary>
    /// Returns the rating that the customer would give without random variation: taste, quality, mildness, and the distance of the price
    /// from the preferred one. It is not limited to 1 to 5.
    /// </summary>
    public static double Affinity(ShopCustomer customer, ShopItem item)
    {
        var price = Math.Log(item.Price / ShopCategory.All[item.Category].Price);
        return Middle + customer.Mildness + customer.Tastes[item.Category] + item.Quality - (
            PriceWeight * Math.Abs(price - customer.Purse));
    }
}
