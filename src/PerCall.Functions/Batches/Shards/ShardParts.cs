namespace PerCall.Functions.Batches.Shards;

/// <summary>How many blocks the shards of a job may stage.</summary>
public static class ShardParts
{
    /// <summary>A blob takes 50,000 blocks; a table's header is one.</summary>
    private const int MostBlocks = 49_999;

    /// <summary>Blocks that a shard may add to a file, so that those of all shards can be put together.</summary>
    public static int Most(int shards) => MostBlocks / shards;
}
