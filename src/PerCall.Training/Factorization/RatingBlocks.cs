using PerCall.Training.Ratings;

namespace PerCall.Training.Factorization;

/// <summary>
/// Ratings cut into a square grid of blocks by user and item. Blocks that share neither a row nor a column of the grid use different
/// parameters, so running them concurrently gives the same result as running them in sequence (distributed SGD by strata: Gemulla et al.,
/// 2011).
/// </summary>
/// <remarks>
/// Users and items are renumbered so that those of one part are adjacent in memory. They are distributed by their number of ratings, so
/// that blocks have similar sizes. The grid depends only on the data, never on the number of threads.
/// </remarks>
internal sealed class RatingBlocks
{
    private const int SmallestBlock = 512;

    // The vectors of one block should fit into a core's own cache.
    private const int BlockBytes = 512 * 1024;

    private readonly Entry[] _entries;
    private readonly int[] _offsets;

    private RatingBlocks(Entry[] entries, int[] offsets, int side, int[] users, int[] items) =>
        (_entries, _offsets, Side, Users, Items) = (entries, offsets, side, users, items);

    /// <summary>Number of rows, and of columns, of the grid.</summary>
    public int Side { get; }

    /// <summary>The row of each user, by index.</summary>
    public int[] Users { get; }

    /// <summary>The row of each item, by index.</summary>
    public int[] Items { get; }

    public ReadOnlySpan<Entry> Block(int userPart, int itemPart)
    {
        var block = (userPart * Side) + itemPart;
        return _entries.AsSpan(_offsets[block], _offsets[block + 1] - _offsets[block]);
    }

    /// <param name="ratings">The ratings to cut.</param>
    /// <param name="norm">The normalisation of the ratings in the blocks.</param>
    /// <param name="rowBytes">Bytes of the parameters of one user or item.</param>
    /// <param name="random">Shuffles the ratings within each block, as gradient descent requires.</param>
    public static RatingBlocks Cut(RatingSet ratings, RatingNorm norm, int rowBytes, Random random)
    {
        var side = SideFor(ratings, rowBytes);
        var (users, userStarts) = Deal(ratings.UserOf, ratings.Users.Length, side);
        var (items, itemStarts) = Deal(ratings.ItemOf, ratings.Items.Length, side);
        var userParts = Parts(userStarts);
        var itemParts = Parts(itemStarts);
        var offsets = new int[(side * side) + 1];
        for (var n = 0; n < ratings.Count; n++)
        {
            offsets[BlockOf(n) + 1]++;
        }

        for (var block = 0; block < side * side; block++)
        {
            offsets[block + 1] += offsets[block];
        }

        var next = offsets.AsSpan(0, side * side).ToArray();
        var entries = new Entry[ratings.Count];
        for (var n = 0; n < ratings.Count; n++)
        {
            entries[next[BlockOf(n)]++] = new(users[ratings.UserOf[n]], items[ratings.ItemOf[n]], norm.Apply(ratings.Values[n]));
        }

        for (var block = 0; block < side * side; block++)
        {
            random.Shuffle(entries.AsSpan(offsets[block], offsets[block + 1] - offsets[block]));
        }

        return new(entries, offsets, side, users, items);

        int BlockOf(int n) => (userParts[users[ratings.UserOf[n]]] * side) + itemParts[items[ratings.ItemOf[n]]];
    }

    private static int SideFor(RatingSet ratings, int rowBytes)
    {
        var forCache = (int)Math.Ceiling((double)(ratings.Users.Length + ratings.Items.Length) * rowBytes / BlockBytes);
        var worthwhile = (int)Math.Sqrt((double)ratings.Count / SmallestBlock);
        var possible = Math.Min(ratings.Users.Length, ratings.Items.Length);
        return Math.Clamp(Math.Max(forCache, 8), 1, Math.Max(1, Math.Min(Math.Min(worthwhile, possible), 64)));
    }

    /// <summary>
    /// Distributes keys to parts, the busiest first, alternating in direction. Returns the row of each key and the first row of each part.
    /// </summary>
    private static (int[] Rows, int[] Starts) Deal(int[] keys, int keyCount, int side)
    {
        var counts = new int[keyCount];
        foreach (var key in keys)
        {
            counts[key]++;
        }

        var order = Enumerable.Range(0, keyCount).OrderByDescending(k => counts[k]).ToArray();
        var starts = new int[side + 1];
        for (var n = 0; n < keyCount; n++)
        {
            starts[PartOf(n) + 1]++;
        }

        for (var part = 0; part < side; part++)
        {
            starts[part + 1] += starts[part];
        }

        var next = starts.AsSpan(0, side).ToArray();
        var rows = new int[keyCount];
        for (var n = 0; n < keyCount; n++)
        {
            rows[order[n]] = next[PartOf(n)]++;
        }

        return (rows, starts);

        int PartOf(int n) => (n / side) % 2 == 0 ? n % side : side - 1 - (n % side);
    }

    private static int[] Parts(int[] starts)
    {
        var parts = new int[starts[^1]];
        for (var part = 0; part < starts.Length - 1; part++)
        {
            Array.Fill(parts, part, starts[part], starts[part + 1] - starts[part]);
        }

        return parts;
    }

    /// <summary>A rating with the rows of its user and item.</summary>
    public readonly record struct Entry(int User, int Item, float Value);
}
