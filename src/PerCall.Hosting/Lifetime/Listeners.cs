using Microsoft.Extensions.DependencyInjection;
using PerCall.Hosting.Blobs;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Queues;
using PerCall.Hosting.Timers;

namespace PerCall.Hosting.Lifetime;

/// <summary>
/// Runs all listeners that take work from storage. They start soon after the application, and end by themselves at a shutdown.
/// </summary>
internal sealed class Listeners(
    IServiceProvider services,
    TriggeredFunctions functions,
    QueueListeners queues,
    BlobQueue blobQueue,
    HostingOptions options,
    GracePeriod grace,
    TimeProvider time)
{
    private readonly List<Task> _running = [];

    public void Start()
    {
        foreach (var queue in functions.Queues)
        {
            Start(queues.Create(queue).RunAsync);
        }

        foreach (var timer in functions.Timers)
        {
            Start(ActivatorUtilities.CreateInstance<TimerListener>(services, timer).RunAsync);
        }

        if (functions.Blobs.Count > 0)
        {
            var executor = ActivatorUtilities.CreateInstance<BlobExecutor>(services, functions.Blobs);
            var work = new QueueWork
            {
                Queue = blobQueue.Queue,
                Polled = blobQueue.Polled,
                Poison = blobQueue.Poison,
                Base64 = false,
                ExecuteAsync = executor.ExecuteAsync,
            };
            Start(queues.Create(work).RunAsync);
            Start(ActivatorUtilities.CreateInstance<BlobScanner>(services, functions.Blobs).RunAsync);
        }
    }

    public Task WhenEnded() => Task.WhenAll(_running);

    private void Start(Func<Task> run) => _running.Add(Task.Run(async () =>
    {
        // An instance usually starts for a call. Starting all listeners at the same time would make that call's response take half as long
        // again.
        await Task.Delay(options.ListenerDelay, time, grace.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await run();
    }));
}
