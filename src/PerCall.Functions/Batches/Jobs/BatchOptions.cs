using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>Options in section <c>PerCall:Batches</c>.</summary>
public sealed class BatchOptions
{
    public const string Section = "PerCall:Batches";

    /// <summary>Target time in seconds for one thread to score a shard, estimated from the first rows.</summary>
    [Range(1, 120)]
    public int ShardSeconds { get; set; } = 15;

    /// <summary>Approximate number of rows per shard; 0: derived from <see cref="ShardSeconds"/>.</summary>
    [Range(0, 10_000_000)]
    public int ShardRows { get; set; }

    /// <summary>Threads that score rows, and shards that an instance works on at once. If not set: one per processor.</summary>
    [Range(1, 64)]
    public int? Threads { get; set; }

    /// <summary>Returns <see cref="Threads"/> or, if it is not set, one per processor.</summary>
    public int ThreadCount() => Threads ?? Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>Maximum number of open batches per tenant.</summary>
    [Range(1, 200)]
    public int OpenPerTenant { get; set; } = 50;

    /// <summary>Maximum number of upload addresses that a tenant can have at once.</summary>
    [Range(1, 10_000)]
    public int AddressesPerTenant { get; set; } = 1000;

    /// <summary>Maximum bytes of files and uploads that a tenant can have in storage.</summary>
    [Range(1L << 20, 1L << 50)]
    public long StoredBytesPerTenant { get; set; } = 100L << 30;

    /// <summary>Maximum unpacked size, in bytes, of a compressed JSON Lines or CSV file.</summary>
    [Range(1L << 20, 1L << 42)]
    public long MaxUnpackedBytes { get; set; } = 20L << 30;

    /// <summary>How often a shard can be started by an instance that then dies, before its rows are reported as failed.</summary>
    [Range(1, 20)]
    public int ShardTries { get; set; } = 5;

    /// <summary>
    /// Heartbeat interval of an instance that works on shards. Its shards go to other instances after three missed heartbeats and a grace
    /// period of one interval, at most one second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:15")]
    public TimeSpan PresenceInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Pause between two checks of a running batch while its pace is unknown. Once it is known, the pause is 0.3 to 5 times as long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:10")]
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Interval at which an event stream checks its batch for changes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:30")]
    public TimeSpan EventInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Interval at which instances that work on batches check for batches whose step is overdue.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Maximum age of an instance's copy of a batch. A cancellation reaches running shards within twice this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:30")]
    public TimeSpan JobAge { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Interval at which an idle instance polls the queue of shards: `maxPollingInterval` in host.json. At the end of a batch, a busy
    /// instance gives a shard back and waits this long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan QueuePoll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a batch waits for budget that instances hold for calls, before it fails with `budget_spent`.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan BudgetPatience { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a batch can take before it expires with the rows done so far. The <c>completion_window</c> in the API is one day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long the service retries a finalizing batch while storage cannot read its results or its charge. After that, the batch fails or
    /// waits for the operator to settle it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan UndecidedAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long files and results are kept.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long an upload or download address is valid.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan AddressLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Unpacked bytes of a file that a quote reads. The quote extrapolates the rest of the file from them.</summary>
    [Range(1L << 10, 1L << 40)]
    public long QuotedBytes { get; set; } = 32L << 20;

    /// <summary>Maximum number of files that an instance reads for quotes at once. A further quote is refused with `quotes_busy`.</summary>
    [Range(1, 64)]
    public int QuotesAtOnce { get; set; } = 2;

    /// <summary>
    /// Maximum number of calls on large models that an instance sends for batches at once. A model gets at most half of what its
    /// deployments accept from an instance (`ConcurrentCalls`), so that single calls have the other half.
    /// </summary>
    [Range(1, 10_000)]
    public int CallsAtOnce { get; set; } = 64;

    /// <summary>Maximum number of calls on large models that an instance sends for the batches of one tenant at once.</summary>
    [Range(1, 10_000)]
    public int CallsPerTenant { get; set; } = 16;

    /// <summary>
    /// How long a shard of calls on a large model sends calls before it gives way to shards that wait in the queue. Answers that have
    /// arrived are kept for its next turn.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan CallTurn { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a shard waits in place for a provider that is busy. If the provider names a longer time, the shard goes back to the queue
    /// for that time, at most a minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan CallPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a row's call can fail, although other calls on the same model succeed in between, before the row fails. Answers with
    /// status 429 do not count.
    /// </summary>
    [Range(1, 100)]
    public int CallTries { get; set; } = 5;
}
