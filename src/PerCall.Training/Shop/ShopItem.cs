namespace PerCall.Training.Shop;

/// <summary>One item of the generated shop.</summary>
/// <param name="Id">The id in the ratings.</param>
/// <param name="Title">The title to display.</param>
/// <param name="Category">Index in <see cref="ShopCategory.All"/>.</param>
/// <param name="Price">Price in units of currency.</param>
/// <param name="Quality">Deviation of all customers' ratings: around 0, in rating points.</param>
/// <param name="Appeal">How often it is looked at; around 1.</param>
internal sealed record ShopItem(string Id, string Title, int Category, double Price, double Quality, double Appeal);
