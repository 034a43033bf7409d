using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Images;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Pricing;
using PerCall.Testing;

namespace PerCall.Bench.Metering;

/// <summary>A journal and its roll-up on an Azurite of their own, in this process.</summary>
internal sealed class UsageStorage : IAsyncDisposable
{
    private readonly AzuriteFixture _azurite = new();
    private readonly List<UsageJournal> _journals = [];
    private JournalContainer? _container;
    private UsageTable? _table;
    private JournalHours? _hours;
    private long _events;

    public JournalContainer Container => _container!;

    public string ConnectionString => _azurite.ConnectionString;

    public static async Task<UsageStorage> CreateAsync(CancellationToken cancellation)
    {
        var storage = new UsageStorage();
        await storage._azurite.InitializeAsync();
        storage._container = new(
            new BlobServiceClient(
                storage.ConnectionString, JournalContainer.WriterOptions()).GetBlobContainerClient(JournalContainer.Name));
        await storage._container.Client.CreateAsync(cancellationToken: cancellation);
        storage._table = new(new TableClient(storage.ConnectionString, UsageTable.Name));
        await storage._table.Client.CreateAsync(cancellation);
        var hours = new TableClient(storage.ConnectionString, JournalHours.Table);
        await hours.CreateAsync(cancellation);
        storage._hours = new(hours);
        return storage;
    }

    public UsageJournal Journal(TimeProvider? time = null)
    {
        var journal = new UsageJournal(
            Container, _hours!, new(), Options.Create(new MeteringOptions()), time ?? TimeProvider.System,
            NullLogger<UsageJournal>.Instance);
        _journals.Add(journal);
        return journal;
    }

    public UsageRollUp RollUp(TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var reader = new JournalReader(Container);
        return new(
            reader, new JournalFence(Container, reader, time, NullLogger<JournalFence>.Instance), _hours!, _table!,
            new AccountCounter(_table!), time);
    }

    /// <summary>A charge as a call of an image would write it.</summary>
    public UsageEvent Event(string account, DateTimeOffset time) => new()
    {
        Id = $"img_{Interlocked.Increment(ref _events):x32}",
        Time = time,
        Account = account,
        Key = "0123456789abcdef",
        Operation = ImageOperations.Classify.Name,
        Model = "digits",
        ModelVersion = "1",
        Units = 1,
        FreeUnits = 0,
        Price = new Price(ImageOperations.Classify.Name, "*", "image", 1500),
        Plan = "bench",
        PlanVersion = 1,
        Currency = "EUR",
        Charge = 1500,
        Lease = 1,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var journal in _journals)
        {
            await journal.DisposeAsync();
        }

        await _azurite.DisposeAsync();
    }
}
