namespace PerCall.Training.Shop;

/// <summary>One customer of the generated shop.</summary>
/// <param name="Id">The id in the ratings.</param>
/// <param name="Tastes">Preference for each category, in rating points above or below average.</param>
/// <param name="Purse">Logarithm of the preferred price level, relative to a category's typical price; 0 is the middle.</param>
/// <param name="Mildness">How high the customer rates in general: around 0, in rating points.</param>
internal sealed record ShopCustomer(string Id, double[] Tastes, double Purse, double Mildness)
{
    /// <summary>Returns the customer's favourite categories, best first.</summary>
    public IEnumerable<int> Favorites(int count) => Tastes.Index().OrderByDescending(t => t.Item).Take(count).Select(t => t.Index);
}
