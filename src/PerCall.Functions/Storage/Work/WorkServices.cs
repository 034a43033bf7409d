using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Storage.Work;

/// <summary>Registers the queues of work, and the kinds of messages.</summary>
public static class WorkServices
{
    public static void AddWork(this IHostApplicationBuilder builder)
    {
        builder.RequireQueue(WorkQueue.Name);
        builder.RequireQueue(WorkQueue.Shards);
        builder.RequireQueue(WorkQueue.Poison);
        builder.Services.AddSingleton(s => new WorkQueue(s.GetRequiredService<QueueServiceClient>().GetQueueClient(WorkQueue.Name)));
        builder.Services.AddSingleton<WorkDispatcher>();
        builder.Services.AddSingleton<OldQueues>();
        builder.Services.AddHostedService(s => s.GetRequiredService<OldQueues>());
    }

    /// <summary>Registers how a slice processes a kind of messages, which take a place (<see cref="WorkPlaces"/>).</summary>
    /// <param name="builder">The application.</param>
    /// <param name="kind">The kind, as in the message.</param>
    /// <param name="handle">Processes a message.</param>
    /// <param name="giveUp">Processes a message that failed too often. Null: it stays in the poison queue.</param>
    /// <param name="oldQueues">The queues in which earlier versions had these messages.</param>
    /// <typeparam name="T">The service that processes the messages.</typeparam>
    public static void HandleWork<T>(
        this IHostApplicationBuilder builder,
        string kind,
        Func<T, WorkMessage, CancellationToken, Task> handle,
        Func<T, WorkMessage, CancellationToken, Task>? giveUp = null,
        params IReadOnlyList<string> oldQueues)
        where T : notnull =>
        builder.HandleWork(s => new WorkKind(
            kind,
            async (message, cancellation) =>
            {
                await handle(s.GetRequiredService<T>(), message, cancellation);
                return true;
            })
        {
            TakesPlace = true,
            OldQueues = oldQueues,
            GiveUpAsync = giveUp is null
                ? null
                : (message, cancellation) => giveUp(s.GetRequiredService<T>(), message, cancellation),
        });

    /// <summary>Registers how a slice processes a kind of messages.</summary>
    public static void HandleWork(this IHostApplicationBuilder builder, Func<IServiceProvider, WorkKind> kind) =>
        builder.Services.AddSingleton(kind);
}
