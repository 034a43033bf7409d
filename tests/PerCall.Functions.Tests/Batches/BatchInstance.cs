using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Models;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tests.Journal;
using PerCall.Functions.Text;
using PerCall.Functions.Upkeep;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Batches;

/// <summary>
/// One instance of the service as far as batches are concerned: all of its parts, put together as the service does, without a host around
/// them. Its messages are brought by the test, and its way to storage can be cut at any write.
/// </summary>
internal sealed class BatchInstance : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly string _storage;

    private BatchInstance(IHost host, StorageFaults faults, string storage, ShiftedTime time)
    {
        (_host, Faults, _storage, Time) = (host, faults, storage, time);
        Shards = new QueueClient(storage, WorkQueue.Shards, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        Work = new QueueClient(storage, WorkQueue.Name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
    }

    public StorageFaults Faults { get; }

    /// <summary>
    /// Ten times as quick as the system's where a test gives no other: steps come again, and the dead are taken for dead, in a tenth of the
    /// time.
    /// </summary>
    public ShiftedTime Time { get; }

    /// <summary>The queue of shards, by the test's own way, which is not cut.</summary>
    public QueueClient Shards { get; }

    /// <summary>The queue of other work, among it the shards of calls on large models, in the same way.</summary>
    public QueueClient Work { get; }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public static Task<BatchInstance> CreateAsync(AzuriteFixture azurite, params (string Name, string Value)[] settings) =>
        CreateAsync(azurite, new ShiftedTime { Haste = 10 }, settings);

    public static Task<BatchInstance> CreateAsync(
        AzuriteFixture azurite, ShiftedTime time, params (string Name, string Value)[] settings) =>
        CreateAsync(azurite, time, _ => { }, settings);

    /// <summary>The same, with some services replaced.</summary>
    public static async Task<BatchInstance> CreateAsync(
        AzuriteFixture azurite, ShiftedTime time, Action<IServiceCollection> replace, params (string Name, string Value)[] settings)
    {
        var instance = Build(azurite.ConnectionString, settings, time, replace: replace);
        // The one that makes tables, containers and queues; and the one that publishes models.
        foreach (var service in instance._host.Services.GetServices<IHostedService>().Where(s => s is StorageLayout or StarterModels))
        {
            await service.StartAsync(default);
        }

        return instance;
    }

    /// <summary>
    /// Another instance on the same storage, where all is prepared. It has the clock of this one, and the models that this one has loaded.
    /// </summary>
    public BatchInstance Beside(params (string Name, string Value)[] settings) => Build(_storage, settings, Time, Get<ModelRegistry>());

    /// <summary>The same, with some services replaced.</summary>
    public BatchInstance Beside(Action<IServiceCollection> replace, params (string Name, string Value)[] settings) =>
        Build(_storage, settings, Time, Get<ModelRegistry>(), replace: replace);

    /// <summary>The same, with another scorer of texts.</summary>
    /// <param name="around">Makes it of the service's own, and of this instance's way to storage.</param>
    /// <param name="settings">Its settings.</param>
    public BatchInstance Beside(Func<ITaskScorer, StorageFaults, ITaskScorer> around, params (string Name, string Value)[] settings) =>
        Build(_storage, settings, Time, Get<ModelRegistry>(), around);

    /// <summary>
    /// From its next write on but so many, nothing reaches storage any more; of the first of them perhaps only the answer is lost.
    /// </summary>
    public void DieAfter(int writes, bool afterSending)
    {
        var first = Faults.Writes + writes + 1;
        Faults.Decide = r => r.Write < first ? Fault.None : r.Write == first && afterSending ? Fault.AfterSending : Fault.BeforeSending;
    }

    /// <summary>
    /// Has the job's step done, as its message would have it, and beside that all shards that are in the queue; until the job has ended, or
    /// something fails.
    /// </summary>
    /// <param name="account">Whose job it is.</param>
    /// <param name="id">The job.</param>
    /// <param name="worksOnCalls">Whether shards of calls on large models are done, too.</param>
    /// <returns>What failed; null: nothing.</returns>
    public async Task<Exception?> RunAsync(string account, string id, bool worksOnCalls = true)
    {
        using var over = new CancellationTokenSource();
        Task<Exception?>[] work =
        [
            WorkAsync(Shards, ScoreOrCountAsync, over.Token),
            .. worksOnCalls
                ? [WorkAsync(Work, (m, received) => Get<CallRunner>().RunAsync(m, received, CancellationToken.None), over.Token)]
                : Array.Empty<Task<Exception?>>(),
        ];
        try
        {
            while (await Get<JobTable>().FindAsync(account, id, default) is { Job: { IsOpen: true } job })
            {
                if (work.FirstOrDefault(w => w.IsCompleted) is { } failed)
                {
                    return await failed;
                }

                await Get<JobStepper>().StepAsync(new(account, id, job.Tick), default);
            }

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(work);
        }
    }

    /// <summary>Messages that wait in the queue of shards are gone.</summary>
    public async Task ClearAsync()
    {
        await Shards.ClearMessagesAsync();
        await Work.ClearMessagesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Faults.Decide = _ => Fault.None;
        switch (_host)
        {
            case IAsyncDisposable host:
                await host.DisposeAsync();
                break;
            default:
                _host.Dispose();
                break;
        }
    }

    private Task ScoreOrCountAsync(ShardMessage message, long received) => message.Counts
        ? Get<LineCounter>().CountAsync(message, CancellationToken.None)
        : Get<ShardRunner>().RunAsync(message, received, CancellationToken.None);

    private static BatchInstance Build(
        string storage,
        (string Name, string Value)[] settings,
        ShiftedTime time,
        ModelRegistry? models = null,
        Func<ITaskScorer, StorageFaults, ITaskScorer>? around = null,
        Action<IServiceCollection>? replace = null)
    {
        var faults = new StorageFaults();
        var builder = new HostApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = Environments.Production, DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
        [
            new("AzureWebJobsStorage", storage),
            new("PerCall:Models:Starters", Repository.Models),
            new("PerCall:Models:CacheFolder", Path.Combine(Path.GetTempPath(), "percall-batch-tests")),
            new("PerCall:Idempotency:Lapse", "00:00:01"),
            new("PerCall:Batches:PresenceInterval", "00:00:01"),
        ]);
        foreach (var (name, value) in settings)
        {
            builder.Configuration[name] = value;
        }

        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddPerCall();
        var blobs = new BlobServiceClient(storage, Cut(new BlobClientOptions(), faults));
        builder.Services.Replace(
            ServiceDescriptor.Singleton(s => new BlobContainers(blobs, blobs, s.GetServices<RequiredContainer>())));
        builder.Services.Replace(ServiceDescriptor.Singleton(new TableServiceClient(storage, Cut(new TableClientOptions(), faults))));
        builder.Services.Replace(ServiceDescriptor.Singleton(
            new QueueServiceClient(storage, Cut(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, faults))));
        // Its requests come at any time, so they are neither counted nor cut.
        builder.Services.Replace(ServiceDescriptor.Singleton(s => ActivatorUtilities.CreateInstance<UpkeepClock>(
            s,
            new UpkeepTable(new TableServiceClient(storage).GetTableClient(UpkeepTable.Name)),
            new WorkQueue(new QueueClient(
                storage, WorkQueue.Name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 })))));
        if (around is not null)
        {
            builder.Services.Remove(builder.Services.Single(
                s => s.ServiceType == typeof(ITaskScorer) && s.ImplementationType == typeof(TextScorer)));
            builder.Services.AddSingleton(services => around(ActivatorUtilities.CreateInstance<TextScorer>(services), faults));
        }

        if (models is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(models));
        }

        replace?.Invoke(builder.Services);
        return new(builder.Build(), faults, storage, time);
    }

    private static T Cut<T>(T options, StorageFaults faults)
        where T : ClientOptions
    {
        options.Retry.MaxRetries = 0;
        return options.Through(faults);
    }

    /// <summary>
    /// Works on the shards in the queue; a message that fails is there again at once, as with the host. Steps are the test's own, and
    /// nothing else is done.
    /// </summary>
    private static async Task<Exception?> WorkAsync(QueueClient queue, Func<ShardMessage, long, Task> work, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            // One at a time: a message that is received and not yet begun would count as a lost shard on a slow machine.
            QueueMessage? message = await queue.ReceiveMessageAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
            if (message is null)
            {
                await Task.Delay(20, CancellationToken.None);
                continue;
            }

            try
            {
                var received = WorkMessage.Parse(message.Body);
                if (received.Kind is ShardQueue.Kind or ShardQueue.Calls)
                {
                    await work(ShardQueue.Parse(received), message.DequeueCount);
                }

                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, CancellationToken.None);
            }
            catch (Exception e)
            {
                await queue.UpdateMessageAsync(
                    message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: CancellationToken.None);
                return e;
            }
        }

        return null;
    }
}
