using System.Net;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PerCall.Client.Wire;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Webhooks;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Functions.Webhooks.Sending;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Functions.Webhooks.Targets;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

/// <summary>A tenant, and instances that deliver its webhooks, on storage of their own.</summary>
internal sealed class WebhookBed
{
    private readonly string _connection;
    private readonly string _name = $"w{Guid.NewGuid():n}";
    private readonly string _tenant = $"t-{Guid.NewGuid():n}"[..20];
    private int _events;

    private WebhookBed(AzuriteFixture azurite) => (_connection, Account) = (azurite.ConnectionString, Ids.NewAccount());

    public string Account { get; }

    /// <summary>
    /// Begins at the time that it is, because storage has a clock of its own, by which messages come. It goes on by a millisecond whenever
    /// it is read, so that no two events are of one time.
    /// </summary>
    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow()) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };

    public WebhookOptions Options { get; } = new();

    public string Environment { get; set; } = Environments.Development;

    public ResolveHost Resolve { get; set; } = Dns.GetHostAddressesAsync;

    public Caller Caller => new(_tenant, Account, "key", KeyRoles.Admin, new() { Plan = "p", Version = 1, Currency = "EUR", Prices = [] });

    public static async Task<WebhookBed> CreateAsync(AzuriteFixture azurite)
    {
        var bed = new WebhookBed(azurite);
        var tables = new TableServiceClient(bed._connection);
        await Task.WhenAll(
            tables.CreateTableIfNotExistsAsync(bed._name),
            tables.CreateTableIfNotExistsAsync(TenantTable.Name),
            new BlobContainerClient(bed._connection, bed._name).CreateIfNotExistsAsync(),
            new QueueClient(bed._connection, bed._name).CreateIfNotExistsAsync());
        await new TenantTable(tables).AddAsync(
            new TenantRow { RowKey = bed._tenant, Account = bed.Account, Name = "A company", Plan = "p" });
        return bed;
    }

    public WebhookInstance Start(StorageFaults? faults = null)
    {
        var table = new TableClient(_connection, _name, new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults));
        var container = new BlobContainerClient(_connection, _name, new BlobClientOptions { Retry = { MaxRetries = 0 } }.Through(faults));
        var queueOptions = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64, Retry = { MaxRetries = 0 } };
        var queue = new WebhookMessages(new(new QueueClient(_connection, _name, queueOptions.Through(faults))), Options.Grace);
        var options = new OptionsWrapper<WebhookOptions>(Options);
        var rules = new TargetRules(new HostedIn(Environment), Resolve);
        var (targets, secrets) = (new TargetStore(table), new SecretStore(table, Time));
        var deliveries = new DeliveryStore(table, container, targets, Options, Time);
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var runs = new DeliveryRuns(options, lifetime, Time, NullLogger<DeliveryRuns>.Instance);
        return new(
            new WebhookOutbox(
                rules, deliveries, targets, queue, new TenantTable(new TableServiceClient(_connection)), options, Time,
                NullLogger<WebhookOutbox>.Instance),
            new WebhookCourier(
                deliveries, targets, secrets, new WebhookSender(rules, options, Time), queue, runs, options, Time,
                NullLogger<WebhookCourier>.Instance),
            new DeliverySweep(deliveries, targets, queue, options, Time, NullLogger<DeliverySweep>.Instance),
            new WebhookBook(deliveries, targets, secrets, queue, Time),
            deliveries);
    }

    public WebhookEvent Event(Uri url, string? id = null, int bytes = 0) => new(
        _tenant, Account, url.AbsoluteUri, id ?? $"evt_{Interlocked.Increment(ref _events)}", "prediction.succeeded", Time.GetUtcNow(),
        System.Text.Encoding.UTF8.GetBytes($$"""{"id":"prd_1","text":"{{new string('x', bytes)}}"}"""));

    /// <summary>Ids that messages name which can be received now; they are taken out of the queue.</summary>
    public async Task<List<string>> MessagesAsync()
    {
        var queue = new QueueClient(_connection, _name, new() { MessageEncoding = QueueMessageEncoding.Base64 });
        List<string> ids = [];
        while ((await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                ids.Add(RowMessages.Parse(WorkMessage.Parse(message.Body)).Item);
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }

        return ids;
    }

    /// <summary>Sends the message of a delivery again, as for one that had no place.</summary>
    public Task PutBackAsync(string id) => new WebhookMessages(
        new(new QueueClient(_connection, _name, new() { MessageEncoding = QueueMessageEncoding.Base64 })), Options.Grace).SendAsync(
        Account, id, TimeSpan.FromSeconds(1), CancellationToken.None);

    public async Task<int> WaitingMessagesAsync() =>
        (await new QueueClient(_connection, _name).GetPropertiesAsync()).Value.ApproximateMessagesCount;

    /// <summary>All rows of the account, whatever they are.</summary>
    public Task<List<string>> RowsAsync() => new TableClient(_connection, _name)
        .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Account}")).Select(r => r.RowKey).ToListAsync().AsTask();

    /// <summary>The account's only target.</summary>
    public async Task<TargetRow> TargetAsync() =>
        await new TargetStore(new TableClient(_connection, _name)).ListAsync(Account, after: null, CancellationToken.None).SingleAsync();

    public Task EraseTenantAsync() =>
        new TableServiceClient(_connection).GetTableClient(TenantTable.Name).DeleteEntityAsync(TenantRow.Partition, _tenant);
}

/// <summary>What one process has of webhooks.</summary>
internal sealed record WebhookInstance(
    WebhookOutbox Outbox, WebhookCourier Courier, DeliverySweep Sweep, WebhookBook Book, DeliveryStore Deliveries)
{
    public Task<DeliveryRow?> RowAsync(WebhookEvent webhook) =>
        Deliveries.Rows.FindAsync(webhook.Account, webhook.Id, TestContext.Current.CancellationToken);

    public async Task<WebhookDelivery> SeenAsync(WebhookBed bed, WebhookEvent webhook) =>
        await Book.GetAsync(bed.Caller, webhook.Id, TestContext.Current.CancellationToken);

    /// <summary>Queues and makes the first attempt.</summary>
    public async Task<DeliveryRow> DeliverAsync(WebhookEvent webhook)
    {
        await Outbox.QueueAsync(webhook, TestContext.Current.CancellationToken);
        return await AttemptAsync(webhook);
    }

    public async Task<DeliveryRow> AttemptAsync(WebhookEvent webhook)
    {
        await Courier.DeliverAsync(webhook.Account, webhook.Id, TestContext.Current.CancellationToken);
        return (await RowAsync(webhook))!;
    }
}
