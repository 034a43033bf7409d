using System.Net;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Models;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tests.Batches.Calls;
using PerCall.Functions.Tests.Journal;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks.Sending;
using PerCall.LargeModels.Providers;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Storage.Formats;

/// <summary>
/// An instance of the service in process, on an account that has the data of a format. Its clock goes on from the time at which that data
/// was left. Its large model is a <see cref="FakeProvider"/>, and no receiver of webhooks has a public address.
/// </summary>
internal sealed class FormatInstance : IAsyncDisposable
{
    private const int MostReceived = 16;

    /// <summary>So long after its end, a process counts as dead, and what it had claimed goes to others.</summary>
    private static readonly TimeSpan Dead = TimeSpan.FromMinutes(10);

    /// <summary>A message that failed comes back after it.</summary>
    private static readonly TimeSpan Hidden = TimeSpan.FromSeconds(20);

    private readonly AzuriteFixture _azurite = new();
    private IHost _host = null!;

    public FakeProvider Provider { get; } = new();

    public string Storage => _azurite.ConnectionString;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<FormatInstance> StartAsync(StoredFormat format)
    {
        var instance = new FormatInstance();
        await instance._azurite.InitializeAsync();
        await format.LoadAsync(instance.Storage, Cancellation);
        instance._host = instance.Build(format.Killed + Dead);
        foreach (var service in instance._host.Services.GetServices<IHostedService>()
            .Where(s => s is StorageLayout or FormatGate or StarterModels))
        {
            await service.StartAsync(Cancellation);
        }

        return instance;
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Moves the messages of old queues, and processes all messages and chores until a condition holds.</summary>
    public async Task RunUntilAsync(Func<Task<bool>> holds, string what)
    {
        await Get<OldQueues>().MoveAsync(Cancellation);
        await Eventually.HoldsAsync(
            async () =>
            {
                await Get<Chores>().RunAsync(Cancellation);
                await Task.WhenAll(ProcessAsync(WorkQueue.Name), ProcessAsync(WorkQueue.Shards), ProcessAsync(WorkQueue.Poison));
                return await holds();
            },
            what);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
        {
            await host.DisposeAsync();
        }

        await _azurite.DisposeAsync();
    }

    private IHost Build(DateTimeOffset now)
    {
        var builder = new HostApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = Environments.Production, DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
        [
            new("AzureWebJobsStorage", Storage),
            new("PerCall:Models:Starters", Repository.Models),
            new("PerCall:Models:CacheFolder", Path.Combine(Path.GetTempPath(), "percall-batch-tests")),
            new("PerCall:Webhooks:Retries", "00:00:20"),
            new("PerCall:OpenAI:Models:mini:Deployments:0:Endpoint", "http://localhost:9/v1"),
            new("PerCall:OpenAI:Models:mini:Endpoints", "chat"),
        ]);
        var time = new ShiftedTime { Haste = 10 };
        time.Set(now);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddPerCall();
        builder.Services.Replace(ServiceDescriptor.Singleton<ILargeModelProvider>(Provider));
        builder.Services.Replace(ServiceDescriptor.Singleton<ResolveHost>((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback])));
        return builder.Build();
    }

    /// <summary>Processes the messages that a queue has now, as the host does.</summary>
    private async Task ProcessAsync(string queue)
    {
        var client = Get<QueueServiceClient>().GetQueueClient(queue);
        var received = (await client.ReceiveMessagesAsync(MostReceived, Hidden, Cancellation)).Value;
        await Task.WhenAll(received.Select(m => queue switch
        {
            WorkQueue.Poison => Get<WorkDispatcher>().GiveUpAsync(m, Cancellation),
            WorkQueue.Shards => Get<WorkDispatcher>().RunAsync(m, WorkFunctions.KindlessShards, Cancellation),
            _ => Get<WorkDispatcher>().RunAsync(m, kindless: null, Cancellation),
        }));
        foreach (var message in received)
        {
            await client.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        }
    }
}
