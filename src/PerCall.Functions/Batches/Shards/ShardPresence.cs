using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>A shard that an instance holds.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Shard">The shard's number; below 0: a part of the file whose lines are counted.</param>
/// <param name="Rows">The number of rows done.</param>
public sealed record HeldShard(string Job, int Shard, long Rows)
{
    /// <summary>Stands for the job's step instead of a shard.</summary>
    public const int OwnStep = int.MinValue;
}

/// <summary>
/// Publishes heartbeats. Each instance that holds shards writes them every few seconds to one row. A shard that was given out and that no
/// instance holds is lost. So the death of an instance costs seconds, not the ten minutes for which the queue hides its messages.
/// </summary>
public sealed partial class ShardPresence(
    TableServiceClient tables, IOptions<BatchOptions> options, TimeProvider time, ILogger<ShardPresence> log) : BackgroundService
{
    private const string Partition = "~instances";
    private const string Column = "Held";
    private const string WrittenAt = "At";

    // A property of a table row can have at most 64 KiB, which limits the number of shards in a heartbeat.
    private const int MostTold = 300;

    /// <summary>The maximum grace period, for clock differences and late heartbeats.</summary>
    private static readonly TimeSpan MostGrace = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time;
    private readonly TableClient _table = tables.GetTableClient(JobTable.Name);
    private readonly string _instance = Guid.NewGuid().ToString("n");
    private readonly ConcurrentDictionary<Held, byte> _held = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _numbering = new();
    private long _last;

    /// <summary>Returns the time after which a silent instance is considered dead.</summary>
    public TimeSpan Patience => (3 * Interval) + (Interval < MostGrace ? Interval : MostGrace);

    /// <summary>Returns when this instance last worked on a batch.</summary>
    public long LastActive { get; private set; } = long.MinValue;

    private TimeSpan Interval => options.Value.PresenceInterval;

    /// <summary>Registers a shard as held by this instance until the result is disposed.</summary>
    public Held Hold(string job, int shard)
    {
        Held held;
        lock (_numbering)
        {
            // Whoever sees a number here sees all that are lower.
            held = new(this, job, shard, ++_last);
            _held[held] = 0;
        }

        Touch();
        return held;
    }

    public void Touch()
    {
        LastActive = _time.GetTimestamp();
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another thread released it first.
            }
        }
    }

    /// <summary>Reads the shards that live instances hold.</summary>
    public async Task<IReadOnlyList<HeldShard>> ReadAsync(CancellationToken cancellation) =>
        [.. InHand(), .. await OthersAsync(cancellation)];

    /// <summary>Reads the shards of a job that instances held when they fell silent, with the time of the last heartbeat.</summary>
    public async Task<IReadOnlyDictionary<int, DateTimeOffset>> AbandonedAsync(string job, CancellationToken cancellation)
    {
        Dictionary<int, DateTimeOffset> abandoned = [];
        await foreach (var row in RowsAsync(cancellation))
        {
            var heard = TimeOf(row);
            if (row.RowKey == _instance || _time.GetUtcNow() - heard < Patience)
            {
                continue;
            }

            foreach (var held in Read(row).Where(h => h.Job == job))
            {
                abandoned[held.Shard] = abandoned.TryGetValue(held.Shard, out var known) && known > heard ? known : heard;
            }
        }

        return abandoned;
    }

    /// <summary>
    /// Returns whether another message, on another live instance or earlier here, also works on a shard or gave it back shortly.
    /// </summary>
    public async Task<bool> IsHeldElsewhereAsync(Held held, CancellationToken cancellation)
    {
        bool IsSame(HeldShard other) => other.Job == held.Told.Job && other.Shard == held.Told.Shard;
        return _held.Keys.Any(h => h.Number < held.Number && !h.IsOver && IsSame(h.Told))
            || (await OthersAsync(cancellation)).Exists(IsSame);
    }

    /// <summary>
    /// Publishes the shards that this instance holds now, before the next heartbeat. Another instance could otherwise start a shard of
    /// calls again, and the provider would bill its calls twice.
    /// </summary>
    /// <returns>Whether this instance holds any.</returns>
    public async Task<bool> PublishAsync(CancellationToken cancellation)
    {
        var held = InHand().Take(MostTold).ToList();
        var entity = new TableEntity(Partition, _instance)
        {
            [Column] = JsonSerializer.Serialize(held, HeldJson.Default.ListHeldShard),
            [WrittenAt] = _time.GetUtcNow(),
        };
        await _table.UpsertEntityAsync(entity, TableUpdateMode.Replace, cancellation);
        return held.Count > 0;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (LastActive == long.MinValue)
        {
            return;
        }

        try
        {
            await _table.DeleteEntityAsync(Partition, _instance, cancellationToken: cancellationToken);
        }
        catch (Exception e)
        {
            LogUntold(e);
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var told = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_held.IsEmpty && !told)
                {
                    await _wake.WaitAsync(stoppingToken);
                }

                if (!_held.IsEmpty || told)
                {
                    told = await PublishAsync(stoppingToken);
                }

                await Task.Delay(Interval, _time, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogUntold(e);
                await Task.Delay(Interval, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Reads the shards that other live instances hold.</summary>
    private async Task<List<HeldShard>> OthersAsync(CancellationToken cancellation)
    {
        List<HeldShard> held = [];
        await foreach (var row in RowsAsync(cancellation))
        {
            if (row.RowKey == _instance)
            {
                continue;
            }

            var age = _time.GetUtcNow() - TimeOf(row);
            if (age < Patience)
            {
                held.AddRange(Read(row));
            }
            else if (age > 10 * Patience)
            {
                await _table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, CancellationToken.None);
            }
        }

        return held;
    }

    private AsyncPageable<TableEntity> RowsAsync(CancellationToken cancellation) => _table.QueryAsync<TableEntity>(
        TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"), cancellationToken: cancellation);

    private static List<HeldShard> Read(TableEntity row) =>
        JsonSerializer.Deserialize(row.GetString(Column), HeldJson.Default.ListHeldShard)!;

    /// <summary>Rows of earlier versions have only the time of the storage.</summary>
    private static DateTimeOffset TimeOf(TableEntity row) => row.GetDateTimeOffset(WrittenAt) ?? row.Timestamp!.Value;

    private IEnumerable<HeldShard> InHand()
    {
        foreach (var (held, _) in _held)
        {
            if (held.IsOver)
            {
                _held.TryRemove(held, out byte _);
            }
            else
            {
                yield return held.Told;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to publish this instance's shard heartbeat")]
    private partial void LogUntold(Exception exception);

    /// <summary>A shard that this instance holds.</summary>
    public sealed class Held(ShardPresence presence, string job, int shard, long number) : IDisposable
    {
        private long? _givenBack;
        private TimeSpan _delay;

        /// <summary>Grows with each one that this instance begins to hold.</summary>
        public long Number => number;

        public long Rows { get; set; }

        /// <summary>Returns whether the shard was given back so long ago that other instances hold it.</summary>
        public bool IsOver => _givenBack is { } since && presence._time.GetElapsedTime(since) > presence.Patience + _delay;

        public HeldShard Told => new(job, shard, Rows);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{job}/{shard}");

        /// <summary>
        /// Marks the shard as given back after its message was queued again. It still counts as held here until other instances hold it.
        /// </summary>
        /// <param name="delay">How long the message stays invisible.</param>
        public void GiveBack(TimeSpan delay = default) => (_delay, _givenBack) = (delay, presence._time.GetTimestamp());

        public void Dispose()
        {
            if (_givenBack is null)
            {
                presence._held.TryRemove(this, out _);
            }
        }
    }
}

[JsonSerializable(typeof(List<HeldShard>))]
public sealed partial class HeldJson : JsonSerializerContext;
