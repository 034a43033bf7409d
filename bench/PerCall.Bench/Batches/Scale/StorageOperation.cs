namespace PerCall.Bench.Batches.Scale;

/// <summary>What shards and steps do to storage.</summary>
internal enum StorageOperation
{
    MessageSent,
    MessagesReceived,
    MessageDeleted,
    InputRead,
    BlockStaged,
    RowInserted,
    RowsRead,
    JobRead,
    JobWritten,
    CutsRead,
    PresenceRead,
    PresenceWritten,
}

/// <summary>Something that takes only so many operations a second.</summary>
/// <param name="Name">What it is.</param>
/// <param name="PerSecond">Operations; of Microsoft's scalability targets for Azure Storage, standard accounts.</param>
/// <param name="Operations">Those that it takes.</param>
internal sealed record StorageLimit(string Name, double PerSecond, params IReadOnlyCollection<StorageOperation> Operations)
{
    private const double Account = 20_000;
    private const double Queue = 2_000;
    private const double Blob = 500;
    private const double Partition = 2_000;

    public static IReadOnlyList<StorageLimit> All { get; } =
    [
        new(
            "the queue `shards`, messages", Queue, StorageOperation.MessageSent, StorageOperation.MessagesReceived,
            StorageOperation.MessageDeleted),
        new("the input blob, requests", Blob, StorageOperation.InputRead),
        new("the output blob, requests", Blob, StorageOperation.BlockStaged),
        new("the job's partition of `shards`, entities", Partition, StorageOperation.RowInserted, StorageOperation.RowsRead),
        new("the job's row, requests", Partition, StorageOperation.JobRead, StorageOperation.JobWritten),
        new("the partition of instances, requests", Partition, StorageOperation.PresenceRead, StorageOperation.PresenceWritten),
        new("the account, requests", Account, Enum.GetValues<StorageOperation>()),
    ];
}
