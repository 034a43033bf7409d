using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Tests.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Metering;

/// <summary>Journals and a table of a test's own.</summary>
internal sealed class UsageBed : IAsyncDisposable
{
    private readonly string _table = $"usage{Guid.NewGuid():n}";

    private UsageBed(JournalBed journals) => Journals = journals;

    public JournalBed Journals { get; }

    /// <summary>Fit for a tenant or a plan that no other test has.</summary>
    public string Id { get; } = $"t{Guid.NewGuid():n}";

    public TableServiceClient Tables => new(Journals.Connection);

    public static async Task<UsageBed> CreateAsync(AzuriteFixture azurite)
    {
        var bed = new UsageBed(await JournalBed.CreateAsync(azurite));
        await bed.Table().Client.CreateAsync();
        return bed;
    }

    public UsageTable Table(StorageFaults? faults = null)
    {
        return new(new TableClient(Journals.Connection, _table, new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults)));
    }

    public UsageRollUp RollUp(StorageFaults? faults = null, int rowsPerTransaction = 99)
    {
        var container = Journals.Container(faults);
        var reader = new JournalReader(container);
        var table = Table(faults);
        return new(
            reader, new JournalFence(container, reader, Journals.Time, NullLogger<JournalFence>.Instance), Journals.Hours(faults),
            table, new AccountCounter(table, rowsPerTransaction), Journals.Time);
    }

    /// <summary>Which account is whose, tenants of other tests among them.</summary>
    public async Task<AccountNames> NamesAsync()
    {
        await Tables.CreateTableIfNotExistsAsync(TenantTable.Name);
        return new(Table(), new TenantTable(Tables));
    }

    public async Task<TenantRow> AddTenantAsync()
    {
        var row = new TenantRow { RowKey = Id, Account = $"acc_{Id}", Name = "Test", Plan = Id, CreatedAt = Journals.Time.GetUtcNow() };
        await new TenantTable(Tables).AddAsync(row);
        return row;
    }

    /// <summary>What the journals say, by account and row.</summary>
    public async Task<Dictionary<(string, UsageKey), UsageCounts>> JournalSumsAsync()
    {
        Dictionary<(string, UsageKey), UsageCounts> sums = [];
        foreach (var one in (await Journals.ReadAllAsync()).SelectMany(b => b.Lines).Where(l => !l.IsMark).Select(l => l.ToEvent()))
        {
            var key = (one.Account, UsageKey.Of(one));
            sums[key] = sums.GetValueOrDefault(key) + UsageCounts.Of(one);
        }

        return sums;
    }

    /// <summary>What the table says, by account and row.</summary>
    public async Task<Dictionary<(string, UsageKey), UsageCounts>> TableSumsAsync()
    {
        Dictionary<(string, UsageKey), UsageCounts> sums = [];
        await foreach (var row in Table().Client.QueryAsync<UsageRow>("RowKey ge 'u|' and RowKey lt 'u}'"))
        {
            sums.Add((row.PartitionKey, UsageKey.Parse(row.RowKey)), row.Counts());
        }

        return sums;
    }

    /// <summary>Writes a blob as a journal would have left it.</summary>
    public async Task WriteAsync(string blob, IEnumerable<UsageEvent> events, JournalLine? mark = null)
    {
        var client = Journals.Container().Blob(blob);
        await client.CreateAsync();
        var bytes = events.SelectMany(
            e => JournalLine.From(e, JournalBlob.GenerationOf(blob)).ToBytes()).Concat(mark?.ToBytes() ?? []).ToArray();
        if (bytes.Length > 0)
        {
            await client.AppendBlockAsync(new MemoryStream(bytes));
        }
    }

    public ValueTask DisposeAsync() => Journals.DisposeAsync();
}
