namespace PerCall.Functions.Batches.Shards;

/// <summary>Computes how many blocks the shards of a job can stage.</summary>
public static class ShardParts
{
    /// <summary>The maximum number of blocks for rows. A blob takes 50,000 blocks, and a table's header uses one.</summary>
    private const int MostBlocks = 49_999;

    /// <summary>Returns how many blocks one shard can add to a file, so that the blocks of all shards fit in the file.</summary>
    public static int Most(int shards) => MostBlocks / shards;
}
