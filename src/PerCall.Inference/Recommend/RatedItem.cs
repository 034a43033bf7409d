namespace PerCall.Inference.Recommend;

/// <summary>One entry of a caller's history, by item index.</summary>
/// <param name="Item">The item.</param>
/// <param name="Rating">The rating; for implicit feedback the amount.</param>
internal readonly record struct RatedItem(int Item, float? Rating);
