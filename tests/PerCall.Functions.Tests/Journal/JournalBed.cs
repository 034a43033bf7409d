using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Images;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Testing;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Journal;

/// <summary>A container and a table of a test's own, and instances that write journals into them.</summary>
internal sealed class JournalBed : IAsyncDisposable
{
    private readonly List<UsageJournal> _journals = [];
    private readonly string _connection;
    private readonly string _container;
    private int _events;

    private JournalBed(string connection, string container) => (_connection, _container) = (connection, container);

    public string Connection => _connection;

    public ShiftedTime Time { get; } = new();

    public MeteringOptions Options { get; } = new();

    public static async Task<JournalBed> CreateAsync(AzuriteFixture azurite)
    {
        var bed = new JournalBed(azurite.ConnectionString, $"usage-{Guid.NewGuid():n}");
        await Task.WhenAll(bed.Container().Client.CreateAsync(), bed.HoursTable().CreateAsync());
        bed.Time.Set(new DateTimeOffset(2026, 3, 1, 10, 20, 0, TimeSpan.Zero));
        return bed;
    }

    public JournalContainer Container(StorageFaults? faults = null)
    {
        return new(new BlobServiceClient(_connection, JournalContainer.WriterOptions().Through(faults)).GetBlobContainerClient(_container));
    }

    public JournalHours Hours(StorageFaults? faults = null) => new(HoursTable(faults));

    /// <param name="faults">What happens on its way to storage.</param>
    /// <param name="limits">Null: those of the service.</param>
    /// <param name="time">Null: the bed's.</param>
    public UsageJournal Journal(StorageFaults? faults = null, JournalLimits? limits = null, TimeProvider? time = null)
    {
        var container = Container(faults);
        var options = new OptionsWrapper<MeteringOptions>(Options);
        var log = NullLogger<UsageJournal>.Instance;
        var journal = new UsageJournal(container, Hours(faults), limits ?? new(), options, time ?? Time, log);
        _journals.Add(journal);
        return journal;
    }

    public JournalReader Reader() => new(Container());

    public JournalFence Fence(StorageFaults? faults = null)
    {
        var container = Container(faults);
        return new(container, new(container), Time, NullLogger<JournalFence>.Instance);
    }

    /// <summary>An event that is like no other.</summary>
    public UsageEvent Event(string account = "acc", long units = 1)
    {
        var price = new Price(ImageOperations.Classify.Name, "*", "image", 1500);
        return new()
        {
            Id = $"e{Interlocked.Increment(ref _events)}",
            Time = Time.GetUtcNow(),
            Account = account,
            Key = "key1",
            Operation = ImageOperations.Classify.Name,
            Model = "fashion",
            ModelVersion = "1",
            Units = units,
            FreeUnits = 0,
            Price = price,
            Plan = "basic",
            PlanVersion = 1,
            Currency = "EUR",
            Charge = price.Of(units),
            Lease = 1,
        };
    }

    /// <summary>Has storage lose what was acknowledged last, as one that was cut off does.</summary>
    /// <param name="blob">The journal.</param>
    /// <param name="length">Bytes that are left of it.</param>
    public async Task LoseAsync(string blob, int length)
    {
        var client = Container().Blob(blob);
        var content = (await client.DownloadContentAsync()).Value.Content.ToArray()[..length];
        await client.DeleteAsync();
        await client.CreateAsync();
        if (length > 0)
        {
            await client.AppendBlockAsync(new MemoryStream(content));
        }
    }

    /// <summary>All blobs, in the order of their names, with their lines.</summary>
    public async Task<List<(string Blob, List<JournalLine> Lines)>> ReadAllAsync()
    {
        List<(string, List<JournalLine>)> all = [];
        await foreach (var (blob, _) in Reader().ListAsync("", default))
        {
            List<JournalLine> lines = [];
            await foreach (var entry in Reader().ReadAsync(blob, 0))
            {
                lines.Add(entry.Line);
            }

            all.Add((blob, lines));
        }

        return all;
    }

    /// <summary>The ids of all events in the journal, as often as they stand there.</summary>
    public async Task<List<string>> IdsAsync() =>
        [.. (await ReadAllAsync()).SelectMany(b => b.Lines).Where(l => !l.IsMark).Select(l => l.Id!)];

    private TableClient HoursTable(StorageFaults? faults = null) => new(
        _connection, _container.Replace("-", "", StringComparison.Ordinal),
        new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults));

    public async ValueTask DisposeAsync()
    {
        foreach (var journal in _journals)
        {
            await journal.DisposeAsync();
        }
    }
}
