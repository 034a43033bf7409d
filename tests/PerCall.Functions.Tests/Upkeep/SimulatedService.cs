using System.Diagnostics;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Budget;
using PerCall.Functions.Images;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Tests.Upkeep;

/// <summary>
/// The whole service without a host, under a clock of its own that goes from one event to the next. It runs the functions that Azure would
/// run: the timer's, and that of the queue <c>work</c> for each message that is due. It counts their runs and the requests to storage.
/// </summary>
internal sealed class SimulatedService : IAsyncDisposable
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);
    private static readonly Price Price = new(ImageOperations.Classify.Name, "*", "image", 1500);

    private readonly IHost _host;
    private readonly QueueClient _work;
    private readonly Dictionary<string, DateTimeOffset> _due = new(StringComparer.Ordinal);
    private readonly List<QueueMessage> _messages = [];
    private readonly Lock _gate = new();

    private SimulatedService(string connection, DateTimeOffset start)
    {
        Time = new(start);
        Queues.Sent = (id, delay) =>
        {
            lock (_gate)
            {
                _due[id] = Time.GetUtcNow() + delay;
            }
        };
        var builder = new HostApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = Environments.Production, DisableDefaults = true });
        builder.Configuration["AzureWebJobsStorage"] = connection;
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.AddPerCall();
        var tables = new TableServiceClient(connection, Through(new TableClientOptions(), Tables));
        var blobs = new BlobServiceClient(connection, Through(new BlobClientOptions(), Blobs));
        builder.Services.Replace(
            ServiceDescriptor.Singleton(s => new BlobContainers(blobs, blobs, s.GetServices<RequiredContainer>())));
        builder.Services.Replace(ServiceDescriptor.Singleton(tables));
        builder.Services.Replace(ServiceDescriptor.Singleton(new QueueServiceClient(
            connection, Through(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, Queues))));
        var limits = tables.GetTableClient(LimitsTable.Name);
        builder.Services.Replace(ServiceDescriptor.Singleton(new LimitsTable(limits, limits)));
        _host = builder.Build();
        _work = new(connection, WorkQueue.Name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
    }

    public FakeTimeProvider Time { get; }

    public StorageCount Blobs { get; } = new();

    public StorageCount Tables { get; } = new();

    public StorageCount Queues { get; } = new();

    /// <summary>Requests to storage so far.</summary>
    public int Requests => Blobs.Requests + Tables.Requests + Queues.Requests;

    /// <summary>Runs of functions so far. Azure bills each for at least a second.</summary>
    public int Executions { get; private set; }

    /// <summary>The longest run of a function so far, in real time.</summary>
    public TimeSpan LongestRun { get; private set; }

    public static async Task<SimulatedService> CreateAsync(string connection, DateTimeOffset start)
    {
        var service = new SimulatedService(connection, start);
        await service._host.Services.GetServices<IHostedService>().OfType<StorageLayout>().Single().StartAsync(default);
        return service;
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>
    /// Makes calls, one a second, and then has the instance return what it has leased of the budget, as it does when idle.
    /// </summary>
    public async Task CallAsync(string account, int calls)
    {
        var terms = new PlanTerms { Plan = "basic", Version = 1, Currency = "EUR", MonthlyBudget = 1_000_000, Prices = [Price] };
        for (var call = 0; call < calls; call++)
        {
            using (var reservation = await Get<Allowances>().ReserveAsync(account, terms, Price, 1, default))
            {
                var settlement = reservation.Settle(1);
                await Get<UsageJournal>().AppendAsync(Event(account, reservation.Time, settlement), settlement.Generation);
                reservation.Commit();
            }

            await PassAsync(TimeSpan.FromSeconds(1));
        }

        for (var second = 0; second < 15; second++)
        {
            await Get<Allowances>().UpkeepAsync();
            await PassAsync(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Has time pass, and runs each function when it is due.</summary>
    public async Task PassAsync(TimeSpan span)
    {
        for (var end = Time.GetUtcNow() + span; ;)
        {
            await ReceiveAsync();
            var tick = new DateTimeOffset(Time.GetUtcNow().Ticks / Quarter.Ticks * Quarter.Ticks, TimeSpan.Zero) + Quarter;
            var next = _messages.MinBy(m => _due[m.MessageId]);
            var message = next is null ? DateTimeOffset.MaxValue : _due[next.MessageId];
            var at = message < tick ? message : tick;
            if (at > end)
            {
                Time.SetUtcNow(end);
                return;
            }

            Time.SetUtcNow(at > Time.GetUtcNow() ? at : Time.GetUtcNow());
            Executions++;
            var began = Stopwatch.GetTimestamp();
            if (message <= tick)
            {
                await ActivatorUtilities.CreateInstance<WorkFunctions>(_host.Services).Work(next!, default);
                await _work.DeleteMessageAsync(next!.MessageId, next.PopReceipt);
                _messages.Remove(next);
            }
            else
            {
                await ActivatorUtilities.CreateInstance<UpkeepFunction>(_host.Services).Run(new TimerInfo(), default);
            }

            var took = Stopwatch.GetElapsedTime(began);
            LongestRun = took > LongestRun ? took : LongestRun;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Get<UsageJournal>().DisposeAsync();
        _host.Dispose();
    }

    /// <summary>Takes the messages out of the queue, to hold them until they are due. Waits for those that are on their way.</summary>
    private async Task ReceiveAsync()
    {
        await Get<UpkeepClock>().Arming;
        while ((await _work.ReceiveMessagesAsync(32, TimeSpan.FromHours(1))).Value is { Length: > 0 } messages)
        {
            _messages.AddRange(messages);
        }
    }

    private static UsageEvent Event(string account, DateTimeOffset time, Settlement settlement) => new()
    {
        Id = Guid.NewGuid().ToString("n"),
        Time = time,
        Account = account,
        Key = "key",
        Operation = ImageOperations.Classify.Name,
        Model = "fashion",
        ModelVersion = "1",
        Units = 1,
        FreeUnits = settlement.FreeUnits,
        Price = Price,
        Plan = "basic",
        PlanVersion = 1,
        Currency = "EUR",
        Charge = settlement.Charge,
        Lease = settlement.Lease,
    };

    private static T Through<T>(T options, StorageCount count)
        where T : ClientOptions
    {
        options.AddPolicy(count, HttpPipelinePosition.PerCall);
        return options;
    }
}
