using Azure.Data.Tables;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Upkeep;
using PerCall.Testing;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Upkeep;

/// <summary>Instances with one clock for chores, on a table and a queue of their own.</summary>
internal sealed class ClockBed
{
    private readonly string _connection;
    private readonly string _name = $"upkeep{Guid.NewGuid():n}";

    private ClockBed(AzuriteFixture azurite) => _connection = azurite.ConnectionString;

    public FakeTimeProvider Time { get; } = new(new(2026, 11, 10, 12, 0, 0, TimeSpan.Zero));

    public UpkeepTable Table => new(new TableClient(_connection, _name));

    public static async Task<ClockBed> CreateAsync(AzuriteFixture azurite)
    {
        var bed = new ClockBed(azurite);
        await new TableClient(bed._connection, bed._name).CreateAsync();
        await new QueueClient(bed._connection, bed._name).CreateAsync();
        return bed;
    }

    public UpkeepClock Clock(StorageFaults? faults = null, TimeSpan? interval = null) => new(
        new(new TableClient(_connection, _name, new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults))),
        new WorkQueue(new QueueClient(_connection, _name, QueueOptions().Through(faults))),
        new OptionsWrapper<UpkeepOptions>(new() { Interval = interval ?? TimeSpan.FromMinutes(1) }), Time,
        NullLogger<UpkeepClock>.Instance);

    public UpkeepRounds Rounds(UpkeepClock clock, params Chore[] chores) => new(
        new(chores, Table, Time, NullLogger<Chores>.Instance), clock, new OptionsWrapper<UpkeepOptions>(new()), Time);

    /// <summary>The number of messages, also of those that are delayed.</summary>
    public async Task<int> MessagesAsync() =>
        (await new QueueClient(_connection, _name).GetPropertiesAsync()).Value.ApproximateMessagesCount;

    public async Task<string> DueRoundAsync() =>
        await Table.ReadClockAsync(default) is { Due: not null, Round: { } round }
            ? round
            : throw new InvalidOperationException("No round is due.");

    private static QueueClientOptions QueueOptions() => new() { MessageEncoding = QueueMessageEncoding.Base64, Retry = { MaxRetries = 0 } };
}
