namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// The state of a shard that was started before and did not finish. After some attempts, its rows are recorded before they are scored, in
/// order to find the row that ends the process: first the group that contains it, then the row.
/// </summary>
public sealed record ShardTrial
{
    /// <summary>How often a row can end the process while it is scored alone.</summary>
    private const int MostAlone = 2;

    /// <summary>How often the process can end while no row is being scored.</summary>
    private const int MostBlind = 2;

    /// <summary>
    /// The maximum number of further attempts, once rows are recorded. Finding each row that ends the process takes three of them.
    /// </summary>
    private const int MostNoted = 48;

    /// <summary>How often the shard was started again.</summary>
    public int Begun { get; init; }

    /// <summary>Why the last attempt failed; null: unknown.</summary>
    public string? Why { get; init; }

    /// <summary>Whether the attempt recorded its rows.</summary>
    public bool Notes { get; init; }

    /// <summary>The index in the shard of the first row that was being scored.</summary>
    public int First { get; init; }

    /// <summary>The number of rows that were being scored; 0: none.</summary>
    public int Count { get; init; }

    /// <summary>How often this single row was the last that was started.</summary>
    public int Alone { get; init; }

    /// <summary>The number of attempts that ended while no row was being scored.</summary>
    public int Blind { get; init; }

    /// <summary>The indexes of rows that end the process. They are not scored any more.</summary>
    public IReadOnlyList<int> Fatal { get; init; } = [];

    /// <summary>Returns the state for the next attempt.</summary>
    /// <param name="tries">The number of attempts that do not record rows.</param>
    /// <returns>Null: the shard is given up, and all its rows fail.</returns>
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

    /// <summary>Returns the state after a failure that did not end the process, which says nothing about single rows.</summary>
    public ShardTrial Failed(string? why) => this with { Why = why, Notes = false, Count = 0, Alone = 0 };

    /// <summary>Returns the state before these rows are scored.</summary>
    public ShardTrial Scoring(int first, int count) => this with
    {
        First = first,
        Count = count,
        Alone = count > 1 ? 0 : Count == 1 && First == first ? Alone + 1 : 1,
    };

    /// <summary>Returns the state after rows have been scored.</summary>
    public ShardTrial Scored() => this with { Count = 0 };

    /// <summary>Returns how many rows, from a row on, are scored together. Suspected rows are scored one at a time.</summary>
    /// <param name="row">The row's index in the shard.</param>
    /// <param name="most">The maximum number if no row is suspected.</param>
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
