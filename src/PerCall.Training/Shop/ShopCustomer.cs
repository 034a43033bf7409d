namespace PerCall.Training.Shop;

/// <summary>One customer of the generated shop.</summary>
/// <param name="Id">As in the ratings.</param>
/// <param name="Tastes">What the customer makes of each category: rating points above or below the ordinary.</param>
/// <param name="Purse">The logarithm of the price level that suits, relative to a category's typical price; 0 is the middle.</param>
/// <param name="Mildness">How high the customer rates in general: around 0, in rating points.</param>
internal sealed record ShopCustomer(string Id, double[] Tastes, double Purse, double Mildness)
{
    /// <summary>The categories liked best, best first.</summary>
    public IEnumerable<int> Favorites(int count) => Tastes.Index().OrderByDescending(t => t.Item).Take(count).Select(t => t.Index);
}
