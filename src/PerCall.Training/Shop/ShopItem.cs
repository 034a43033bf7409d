namespace PerCall.Training.Shop;

/// <summary>One article of the generated shop.</summary>
/// <param name="Id">As in the ratings.</param>
/// <param name="Title">As people read it.</param>
/// <param name="Category">Index among <see cref="ShopCategory.All"/>.</param>
/// <param name="Price">In units of currency.</param>
/// <param name="Quality">What everybody makes of it: around 0, in rating points.</param>
/// <param name="Appeal">How often it is looked at; around 1.</param>
internal sealed record ShopItem(string Id, string Title, int Category, double Price, double Quality, double Appeal);
