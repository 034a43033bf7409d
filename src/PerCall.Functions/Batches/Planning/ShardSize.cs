using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Computes the size of a job's shards and of the blocks in which its results are staged.</summary>
public static class ShardSize
{
    public const int MostShards = 20_000;

    private const int SomeShards = 32;
    private const long MostShardBytes = 64L << 20;
    private const int LeastPartBytes = 4 << 20;
    private const int MostPartBytes = 64 << 20;

    /// <summary>A factor for rows whose results are longer than those of the first rows.</summary>
    private const double Spare = 1.5;

    /// <summary>
    /// The maximum work per shard. Functions are stopped after half an hour (host.json), and other threads can be slower than the measured
    /// one.
    /// </summary>
    private static readonly TimeSpan MostWork = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Sizes shards for the target number of seconds, with a minimum number of shards, and at most as many as can be assembled.
    /// </summary>
    /// <exception cref="RefusedException">There would be too many shards, or they would take too long.</exception>
    public static JobPlan Of(JobPlan plan, RowSample sample, BatchOptions options)
    {
        var bytes = plan.Format == InputFormat.Zip ? plan.DirectoryBytes : plan.Source.Bytes - plan.Start;
        var rows = Math.Max(1, bytes / sample.RowBytes);
        var seconds = Math.Clamp(rows / sample.RowsPerSecond / SomeShards, 1, options.ShardSeconds);
        var shardRows = options.ShardRows > 0 ? options.ShardRows : sample.RowsPerSecond * seconds;
        shardRows = Math.Max(1, Math.Max(shardRows, rows * 1.2 / MostShards));
        var shardBytes = Math.Max(Math.Ceiling(Math.Min(shardRows * sample.RowBytes, MostShardBytes)), bytes / (double)MostShards);
        var largest = plan.Format == InputFormat.Zip ? shardRows : shardBytes / sample.RowBytes;
        if (largest / sample.RowsPerSecond > MostWork.TotalSeconds)
        {
            throw RefusedException.BadRequest(
                "too_many_rows",
                $"The file has about {rows:N0} rows. At {sample.RowsPerSecond:0.#} rows a second per thread, "
                    + $"a batch can have at most about {sample.RowsPerSecond * MostWork.TotalSeconds * MostShards / 1.2:N0} rows. "
                    + "Split the file.");
        }

        // A safe estimate: for CSV and archives, only cutting determines the number of shards.
        var shards = (int)Math.Clamp(1.2 * rows / largest, 1, MostShards);
        return plan with
        {
            RowsPerSecond = sample.RowsPerSecond,
            ShardRows = (long)Math.Clamp(Math.Ceiling(shardRows), 1, int.MaxValue),
            ShardBytes = (long)Math.Ceiling(shardBytes),
            PartBytes = (int)Math.Clamp(Spare * largest * sample.OutputBytes / ShardParts.Most(shards), LeastPartBytes, MostPartBytes),
        };
    }
}
