namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Records in storage which rows of a shard are being scored, so that the next attempt can find the rows that end the process.
/// </summary>
/// <param name="trial">The shard's current attempt.</param>
/// <param name="keep">Stores the attempt.</param>
public sealed class RowNotes(ShardTrial trial, Func<ShardTrial, Task> keep)
{
    /// <summary>
    /// The maximum number of rows per record: few enough to find one of them quickly, and many enough to keep the cost of recording low.
    /// </summary>
    private const int Most = 32;

    // The state left by the previous attempt determines how many rows are scored together, even after this attempt has recorded others.
    private readonly ShardTrial _before = trial;

    public ShardTrial Trial { get; private set; } = trial;

    public bool IsFatal(int row) => _before.Fatal.Contains(row);

    public int Together(int row) => _before.Together(row, Most);

    public Task ScoringAsync(int first, int count) => keep(Trial = _before.Scoring(first, count));

    /// <summary>Records that no row is being scored. Suspected rows stay suspected until they have been scored.</summary>
    public Task ScoredAsync() => keep(Trial = Trial.Scored());
}
