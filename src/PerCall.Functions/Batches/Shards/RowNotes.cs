namespace PerCall.Functions.Batches.Shards;

/// <summary>Notes in storage which rows of a shard are being scored, for whoever begins it next if they end the process.</summary>
/// <param name="trial">The shard's present try.</param>
/// <param name="keep">Writes it.</param>
public sealed class RowNotes(ShardTrial trial, Func<ShardTrial, Task> keep)
{
    /// <summary>Few enough that finding one of them takes no long time, and many enough that a note for each costs little.</summary>
    private const int Most = 32;

    // What an earlier try left decides how many rows are scored together, also when this one has noted others.
    private readonly ShardTrial _before = trial;

    public ShardTrial Trial { get; private set; } = trial;

    public bool IsFatal(int row) => _before.Fatal.Contains(row);

    public int Together(int row) => _before.Together(row, Most);

    public Task ScoringAsync(int first, int count) => keep(Trial = _before.Scoring(first, count));

    /// <summary>Nothing is being scored. What is suspected stays so until its rows have been scored.</summary>
    public Task ScoredAsync() => keep(Trial = Trial.Scored());
}
