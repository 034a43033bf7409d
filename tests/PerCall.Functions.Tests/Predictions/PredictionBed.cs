using System.Text;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Predictions;
using PerCall.Functions.Predictions.Running;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tests.Budget;
using PerCall.Functions.Tests.Journal;
using PerCall.Functions.Tests.Webhooks;
using PerCall.Functions.Text;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Predictions;

/// <summary>A tenant with a budget, and instances that make its predictions, on storage of their own.</summary>
internal sealed class PredictionBed : IAsyncDisposable
{
    public const string Hook = "https://hooks.example.com/";

    private static readonly Price Price = new(TextOperations.Classify.Name, "*", "1k_characters", 500);

    // Loaded once for all tests.
    private static readonly ModelRegistry Registry = new(
        new FolderPackageStore(Repository.Models), new ModelLoader(new() { Threads = 1 }),
        new() { Threads = 1, CacheFolder = Path.Combine(Path.GetTempPath(), "percall-models-tests") }, TimeProvider.System,
        NullLoggerFactory.Instance);

    private readonly string _connection;
    private readonly string _name = $"p{Guid.NewGuid():n}";

    private PredictionBed(string connection, JournalBed journals, WebhookBed webhooks) =>
        (_connection, Journals, Webhooks) = (connection, journals, webhooks);

    public JournalBed Journals { get; }

    public WebhookBed Webhooks { get; }

    public PredictionOptions Options { get; } = new();

    public PlanTerms Plan { get; set; } =
        new() { Plan = "basic", Version = 1, Currency = "EUR", MonthlyBudget = 1_000_000, Prices = [Price] };

    public Caller Caller => Webhooks.Caller with { Terms = Plan };

    public static async Task<PredictionBed> CreateAsync(AzuriteFixture azurite)
    {
        var bed = new PredictionBed(azurite.ConnectionString, await JournalBed.CreateAsync(azurite), await WebhookBed.CreateAsync(azurite));
        // Storage has its own clock, and blobs expire by that.
        bed.Journals.Time.Set(TimeProvider.System.GetUtcNow());
        await Task.WhenAll(
            new TableClient(bed._connection, bed._name).CreateIfNotExistsAsync(),
            new BlobContainerClient(bed._connection, bed._name).CreateIfNotExistsAsync(),
            new QueueClient(bed._connection, bed._name).CreateIfNotExistsAsync());
        return bed;
    }

    /// <param name="faults">Of its writes, but for those about the budget.</param>
    /// <param name="ofJournal">Whether they concern the journal, too.</param>
    public async Task<PredictionInstance> StartAsync(StorageFaults? faults = null, bool ofJournal = true)
    {
        var time = Journals.Time;
        var store = new PredictionStore(
            new TableClient(_connection, _name, new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults)),
            new BlobContainerClient(_connection, _name, new BlobClientOptions { Retry = { MaxRetries = 0 } }.Through(faults)),
            Options,
            time);
        var queueOptions = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64, Retry = { MaxRetries = 0 } };
        var queue = new PredictionMessages(new(new QueueClient(_connection, _name, queueOptions.Through(faults))), Options.Grace);
        var (journal, fence) = (Journals.Journal(ofJournal ? faults : null), Journals.Fence());
        var limits = await LimitTables.OpenAsync(_connection, table: $"l{_name}");
        var allowances = new Allowances(
            limits, journal, new LeaseReconciler(fence, time, NullLogger<LeaseReconciler>.Instance), new OpenMonths(limits, time),
            new OptionsWrapper<LimitsOptions>(new()), time);
        var charges = new Charges(journal, new OptionsWrapper<MeteringOptions>(Journals.Options), NullLogger<Charges>.Instance);
        var scorer = new FakeScorer();
        var ends = new PredictionEnds(store, queue, Webhooks.Start(faults).Outbox, time);
        var options = new OptionsWrapper<PredictionOptions>(Options);
        var runner = new PredictionRunner(
            store, queue, ends, new([scorer]), Registry, new(Registry, NullLogger<Fallbacks>.Instance), new(), allowances, charges,
            new(journal, fence, time), options, time, NullLogger<PredictionRunner>.Instance);
        return new(
            new PredictionBook(
                new([scorer]), Registry, store, queue, ends, Webhooks.Start(faults).Outbox, options, time,
                NullLogger<PredictionBook>.Instance),
            runner,
            new PredictionSweep(store, queue, runner, ends, options, time, NullLogger<PredictionSweep>.Instance),
            store,
            scorer,
            () => new MeteredCall(null, Caller, allowances, charges));
    }

    public Task<List<string>> ChargedAsync() => Journals.IdsAsync();

    /// <summary>Ids that messages name which can be received now; they are taken out of the queue.</summary>
    public async Task<List<string>> MessagesAsync() => [.. (await WorkAsync()).Select(m => m.Item)];

    /// <summary>Messages that can be received now; they are taken out of the queue.</summary>
    public async Task<List<RowName>> WorkAsync()
    {
        var queue = new QueueClient(_connection, _name, new() { MessageEncoding = QueueMessageEncoding.Base64 });
        List<RowName> work = [];
        while ((await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                work.Add(RowMessages.Parse(WorkMessage.Parse(message.Body)));
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }

        return work;
    }

    /// <summary>What was queued to be told, as type and id.</summary>
    public async Task<List<(string Type, string Id)>> ToldAsync() =>
        [.. (
            await Webhooks.Start().Book.ListAsync(Caller, new(50, null), TestContext.Current.CancellationToken)).Data.Select(d =>
                (d.Type, d.Id))];

    public Task<List<string>> RowsAsync() => new TableClient(_connection, _name)
        .QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {Caller.Account}")).Select(r => r.RowKey).ToListAsync().AsTask();

    public Task<List<string>> BlobsAsync() =>
        new BlobContainerClient(_connection, _name).GetBlobsAsync().Select(b => b.Name).ToListAsync().AsTask();

    public void Pass(TimeSpan time) => Journals.Time.Set(Journals.Time.GetUtcNow() + time);

    public ValueTask DisposeAsync() => Journals.DisposeAsync();
}

/// <summary>What one process has of predictions.</summary>
internal sealed record PredictionInstance(
    PredictionBook Book, PredictionRunner Runner, PredictionSweep Sweep, PredictionStore Store, FakeScorer Scorer, Func<MeteredCall> Call)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<string> CreateAsync(
        PredictionBed bed, string? key = null, string? webhook = PredictionBed.Hook, Caller? caller = null)
    {
        var json =
            $$"""{"task": "text-classification", "model": "spam", "input": "x", "webhook": {{(webhook is null ? "null" : $"\"{webhook}\"")}}}""";
        using var body = await RentedBody.ReadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(json)), null, 10_000, () => throw new InvalidOperationException(), null, Cancellation);
        using var call = Call();
        return (await Book.CreateAsync(caller ?? bed.Caller, call, body, key, "fingerprint", Cancellation)).Row.Id;
    }

    /// <returns>False: there is no place for it here now, and the dispatcher puts its message back.</returns>
    public Task<bool> RunAsync(PredictionBed bed, string id) => Runner.RunAsync(bed.Caller.Account, id, Cancellation);

    public Task<Prediction> GetAsync(PredictionBed bed, string id) => Book.GetAsync(bed.Caller, id, Cancellation);

    public async Task<PredictionRow> RowAsync(PredictionBed bed, string id) =>
        (await Store.Rows.FindAsync(bed.Caller.Account, id, Cancellation))!;
}
