namespace PerCall.Inference.Recommend;

/// <summary>The answer for a caller without a known user or history.</summary>
/// <param name="Items">[items]: item indexes, most popular first; of equals, the first in the catalogue.</param>
/// <param name="Shares">[items]: by item, the share of users who rated or bought it.</param>
internal sealed record Popularity(ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Shares)
{
    public static Popularity Of(RecommenderData data)
    {
        var counts = new int[data.Items.Count];
        foreach (var item in data.History.Items.Span)
        {
            counts[item]++;
        }

        return new(
            Enumerable.Range(0, counts.Length).OrderByDescending(i => counts[i]).ToArray(),
            Array.ConvertAll(counts, c => c / (float)data.Users.Count));
    }
}
