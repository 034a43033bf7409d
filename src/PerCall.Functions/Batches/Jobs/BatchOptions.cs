using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>Section <c>PerCall:Batches</c>.</summary>
public sealed class BatchOptions
{
    public const string Section = "PerCall:Batches";

    /// <summary>Seconds of one thread's work that a shard is to be, as far as the first rows tell.</summary>
    [Range(1, 120)]
    public int ShardSeconds { get; set; } = 15;

    /// <summary>Rows of a shard, about; 0: what <see cref="ShardSeconds"/> makes of the data.</summary>
    [Range(0, 10_000_000)]
    public int ShardRows { get; set; }

    /// <summary>Threads on which rows are scored, and shards that an instance works on at once. Left out: one per processor.</summary>
    [Range(1, 64)]
    public int? Threads { get; set; }

    /// <summary><see cref="Threads"/>, or one per processor.</summary>
    public int ThreadCount() => Threads ?? Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>Batches that a tenant may have under way at once.</summary>
    [Range(1, 200)]
    public int OpenPerTenant { get; set; } = 50;

    /// <summary>Addresses for uploads that a tenant may have at once.</summary>
    [Range(1, 10_000)]
    public int AddressesPerTenant { get; set; } = 1000;

    /// <summary>Bytes of files and uploads that a tenant may have in storage.</summary>
    [Range(1L << 20, 1L << 50)]
    public long StoredBytesPerTenant { get; set; } = 100L << 30;

    /// <summary>Bytes that a compressed file of lines may unpack to.</summary>
    [Range(1L << 20, 1L << 42)]
    public long MaxUnpackedBytes { get; set; } = 20L << 30;

    /// <summary>Times that a shard may be begun by an instance that then dies, before its rows are told to have failed.</summary>
    [Range(1, 20)]
    public int ShardTries { get; set; } = 5;

    /// <summary>
    /// Interval of the heartbeat of an instance that works on shards. Its shards go to others after three missed heartbeats and one
    /// interval more, a second at most.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:15")]
    public TimeSpan PresenceInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between two looks at a running batch while its pace is unknown; 0.3 to 5 times that when it is known.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:10")]
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Interval at which an event stream looks for a change of its batch.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:30")]
    public TimeSpan EventInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Interval at which the instances that work on batches look for one whose step is overdue.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How old an instance's copy of a batch may be. A cancellation reaches the shards that run within that time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:30")]
    public TimeSpan JobAge { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Time in which an idle instance asks the queue of shards for more: `maxPollingInterval` of host.json. At the end of a batch, a busy
    /// instance gives a shard back and waits so long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan QueuePoll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a batch waits for budget that instances hold for calls, before it fails with `budget_spent`.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan BudgetPatience { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a batch may take before it expires with what is done; a day is what <c>completion_window</c> says.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a batch that is finalizing is tried while storage cannot read its results or its charge, before it fails, or waits for the
    /// operator to settle it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan UndecidedAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long files and results are kept.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long an address for uploading or downloading works.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan AddressLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of a file, unpacked, that a quote reads; of what is behind them it takes the same.</summary>
    [Range(1L << 10, 1L << 40)]
    public long QuotedBytes { get; set; } = 32L << 20;

    /// <summary>Files that an instance looks at for quotes at once; a further quote is refused with `quotes_busy`.</summary>
    [Range(1, 64)]
    public int QuotesAtOnce { get; set; } = 2;
}
