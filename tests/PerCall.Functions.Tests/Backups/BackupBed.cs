using System.Globalization;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Backups;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Erasure;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Tests.Budget;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Backups;

/// <summary>The whole service in process, over an account of its own, whose tables a test can delete.</summary>
public sealed class BackupBed : IAsyncLifetime
{
    public static readonly Actor Operator = new("operator", "r-1");

    private readonly AzuriteFixture _azurite = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public TableServiceClient Tables => new(_azurite.ConnectionString);

    public BackupContainer Backups => new(new BlobServiceClient(_azurite.ConnectionString).GetBlobContainerClient(BackupContainer.Name));

    public ValueTask InitializeAsync() => _azurite.InitializeAsync();

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    /// <summary>An instance, with its tables and containers created.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="faults">Its way to tables and blobs; null: storage as it is.</param>
    internal async Task<ServiceInstance> StartAsync(TimeProvider time, StorageFaults? faults = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["AzureWebJobsStorage"] = _azurite.ConnectionString;
        builder.AddPerCall();
        builder.Services.AddSingleton(time);
        if (faults is not null)
        {
            var tables = new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults);
            var blobs = new BlobClientOptions { Retry = { MaxRetries = 0 } }.Through(faults);
            builder.Services.AddSingleton<TableServiceClient>(new FormattedTables(new(_azurite.ConnectionString, tables)));
            var account = new BlobServiceClient(_azurite.ConnectionString, blobs);
            builder.Services.AddSingleton(s => new BlobContainers(account, account, s.GetServices<RequiredContainer>()));
        }

        var instance = new ServiceInstance(builder.Services.BuildServiceProvider());
        foreach (var service in instance.Get<IEnumerable<IHostedService>>().Where(s => s is StorageLayout or FormatGate))
        {
            await service.StartAsync(Cancellation);
        }

        return instance;
    }

    /// <summary>Runs <c>percall</c> over the account.</summary>
    public Task<CommandResult> CommandAsync(params string[] arguments) =>
        PerCallCommand.RunAsync(("AzureWebJobsStorage", _azurite.ConnectionString), arguments, Cancellation);

    /// <summary>A restore, as the command does it.</summary>
    internal TableRestore Restore(StorageFaults? faults = null)
    {
        var tables = new TableClientOptions { Retry = { MaxRetries = 0 } };
        var blobs = new BlobClientOptions { Retry = { MaxRetries = 0 } };
        if (faults is not null)
        {
            (tables, blobs) = (tables.Through(faults), blobs.Through(faults));
        }

        var account = new BlobServiceClient(_azurite.ConnectionString, blobs);
        return new(
            new(account.GetBlobContainerClient(BackupContainer.Name)), new(_azurite.ConnectionString, tables),
            account.GetBlobContainerClient(RecordedActions.Container), TimeProvider.System);
    }

    /// <summary>Deletes all tables, and nothing else.</summary>
    public async Task LoseTablesAsync()
    {
        await foreach (var table in Tables.QueryAsync(cancellationToken: Cancellation))
        {
            await Tables.DeleteTableAsync(table.Name, Cancellation);
        }
    }

    /// <summary>All rows of all tables, as lines.</summary>
    public async Task<List<string>> RowsAsync()
    {
        List<string> rows = [];
        await foreach (var table in Tables.QueryAsync(cancellationToken: Cancellation))
        {
            await foreach (var row in Tables.GetTableClient(table.Name).QueryAsync<TableEntity>(cancellationToken: Cancellation))
            {
                rows.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{table.Name} {string.Join(", ", row.Where(p => p.Key is not ("odata.etag" or "Timestamp")).Select(Shown).Order())}"));
            }
        }

        return rows;

        static string Shown(KeyValuePair<string, object> property) => string.Create(
            CultureInfo.InvariantCulture,
            $"{property.Key}:{property.Value?.GetType().Name}={TextOf(property.Value)}");

        static object? TextOf(object? value) => value is byte[] bytes ? Convert.ToHexString(bytes) : value;
    }
}

/// <summary>A tenant with a key, and what it pays for a picture.</summary>
internal sealed record BackedUpTenant(TenantRow Row, NewApiKey Key, Instance Calls);

/// <summary>One instance of the service.</summary>
internal sealed class ServiceInstance(ServiceProvider services) : IAsyncDisposable
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>A tenant on a plan of its own, with a key.</summary>
    public async Task<BackedUpTenant> AddTenantAsync(string id, long? budget)
    {
        var plan = new PutPlanRequest
        {
            Currency = "EUR",
            MonthlyBudget = budget,
            Prices = [new("*", "*", "image", Instance.Price.Micros)],
        };
        await Get<PlanBook>().PutAsync(id, plan, BackupBed.Operator, Cancellation);
        await Get<TenantBook>().CreateAsync(new(id, "A company", id), BackupBed.Operator, Cancellation);
        var row = await Get<TenantBook>().GetAsync(id, Cancellation);
        var key = await Get<KeyBook>().CreateAsync(row, new("server", ["call"]), BackupBed.Operator, Cancellation);
        return new(row, key, CallsOf(row.Account));
    }

    /// <summary>Calls of an account on this instance.</summary>
    public Instance CallsOf(string account) => new(account, Get<Allowances>(), Get<UsageJournal>(), Get<LeaseSweep>());

    public Task<Caller?> FindCallerAsync(string key) => Get<CallerDirectory>().FindAsync(key, Cancellation).AsTask();

    public async Task EraseAsync(string tenant) => await Get<TenantErasure>().EraseAsync(tenant, BackupBed.Operator, Cancellation);

    /// <summary>Charged micro-units of an account: in the counted usage, in the journal, and spent in this month's row.</summary>
    public async Task<(long Usage, long Journal, long Spent)> SumsAsync(string account)
    {
        var now = Get<TimeProvider>().GetUtcNow();
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        await Get<UsageRollUp>().RunAsync(Cancellation);
        var rows = await Get<UsageTable>().RowsAsync(account, day.AddDays(-40), day.AddDays(1), Cancellation);
        var journal = 0L;
        await foreach (var blob in Get<JournalReader>().ListAsync("", Cancellation))
        {
            await foreach (var entry in Get<JournalReader>().ReadAsync(blob.Name, 0, cancellation: Cancellation))
            {
                journal += !entry.Line.IsMark && entry.Line.ToEvent() is var usage && usage.Account == account ? usage.Charge : 0;
            }
        }

        var state = (await new MonthRow(Get<LimitsTable>(), account, MonthRow.MonthOf(now)).ReadAsync(Cancellation)).State;
        return (rows.Sum(r => r.Charge), journal, state.Spent.Money);
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
