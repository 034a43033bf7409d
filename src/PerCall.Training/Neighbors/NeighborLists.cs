namespace PerCall.Training.Neighbors;

/// <summary>The nearest items of each item, or users of each user, nearest first.</summary>
/// <param name="Count">Places per row.</param>
/// <param name="Indices">[rows × count]; unused places contain 0.</param>
/// <param name="Similarities">Similarities in the same places: greater than 0, or 0 in unused places.</param>
internal sealed record NeighborLists(int Count, int[] Indices, float[] Similarities)
{
    public ReadOnlySpan<int> IndicesOf(int row) => Indices.AsSpan(row * Count, Count);

    public ReadOnlySpan<float> SimilaritiesOf(int row) => Similarities.AsSpan(row * Count, Count);
}
