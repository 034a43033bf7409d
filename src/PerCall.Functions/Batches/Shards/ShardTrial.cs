namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// What is known of a shard that was begun before and did not end. After some tries its rows are noted before they are scored, so that
/// what ends its process is found: first the few rows among which it is, then the row.
/// </summary>
public sealed record ShardTrial
{
    /// <summary>Times that one row may end the process when it is scored alone.</summary>
    private const int MostAlone = 2;

    /// <summary>Times that the process may end while no row is being scored.</summary>
    private const int MostBlind = 2;

    /// <summary>Further tries, once rows are noted. Each row that ends the process takes three of them.</summary>
    private const int MostNoted = 48;

    /// <summary>How often the shard was begun that had been begun before.</summary>
    public int Begun { get; init; }

    /// <summary>Why it failed, where that is known.</summary>
    public string? Why { get; init; }

    /// <summary>Whether the try noted its rows.</summary>
    public bool Notes { get; init; }

    /// <summary>The first row of those that were being scored, by its place in the shard.</summary>
    public int First { get; init; }

    /// <summary>How many they were; 0: none.</summary>
    public int Count { get; init; }

    /// <summary>How often just this row, alone, was the last that was begun.</summary>
    public int Alone { get; init; }

    /// <summary>Tries that ended while no row was being scored.</summary>
    public int Blind { get; init; }

    /// <summary>Rows that end the process. They are not scored any more.</summary>
    public IReadOnlyList<int> Fatal { get; init; } = [];

    /// <summary>The next try.</summary>
    /// <param name="tries">Tries without notes.</param>
    /// <returns>Null where the shard is given up, and all rows fail.</returns>
    public ShardTrial? Next(int tries)
    {
        var died = this with { Blind = Blind + (Notes && Count == 0 ? 1 : 0) };
        if (died.Blind >= MostBlind || Begun >= tries + MostNoted)
        {
            return null;
        }

        var isFound = Count == 1 && Alone >= MostAlone;
        return died with
        {
            Begun = Begun + 1,
            Notes = Begun >= tries,
            Fatal = isFound ? [.. Fatal, First] : Fatal,
            Count = isFound ? 0 : Count,
            Alone = isFound ? 0 : Alone,
        };
    }

    /// <summary>That it failed without ending the process, which says nothing of single rows.</summary>
    public ShardTrial Failed(string? why) => this with { Why = why, Notes = false, Count = 0, Alone = 0 };

    /// <summary>That these rows are about to be scored.</summary>
    public ShardTrial Scoring(int first, int count) => this with
    {
        First = first,
        Count = count,
        Alone = count > 1 ? 0 : Count == 1 && First == first ? Alone + 1 : 1,
    };

    /// <summary>That none are.</summary>
    public ShardTrial Scored() => this with { Count = 0 };

    /// <summary>How many rows are scored together from one on; with rows that are suspected, one at a time.</summary>
    /// <param name="row">Its place in the shard.</param>
    /// <param name="most">Where nothing is suspected.</param>
    public int Together(int row, int most)
    {
        if (Fatal.Contains(row) || (row >= First && row < First + Count))
        {
            return 1;
        }

        var next = Fatal.Append(Count > 0 ? First : int.MaxValue).Where(r => r > row).DefaultIfEmpty(int.MaxValue).Min();
        return Math.Min(most, next - row);
    }
}
