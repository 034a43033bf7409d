namespace PerCall.Training.Neighbors;

/// <summary>The nearest items of each item, or users of each user, nearest first.</summary>
/// <param name="Count">Places of one row.</param>
/// <param name="Indices">[rows × count]; places that are not used hold 0.</param>
/// <param name="Similarities">In the same places; 0 where not used, and greater than 0 elsewhere.</param>
internal sealed record NeighborLists(int Count, int[] Indices, float[] Similarities)
{
    public ReadOnlySpan<int> IndicesOf(int row) => Indices.AsSpan(row * Count, Count);

    public ReadOnlySpan<float> SimilaritiesOf(int row) => Similarities.AsSpan(row * Count, Count);
}
