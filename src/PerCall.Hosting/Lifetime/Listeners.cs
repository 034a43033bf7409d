using Microsoft.Extensions.DependencyInjection;
using PerCall.Hosting.Blobs;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Queues;
using PerCall.Hosting.Timers;

namespace PerCall.Hosting.Lifetime;

/// <summary>
/// Everything that takes work from storage: it begins soon after the application has started, and ends by itself at a shutdown.
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
        // An instance is started for a call as a rule; its answer would take half as long again while all listeners begin beside it.
        await Task.Delay(options.ListenerDelay, time, grace.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await run();
    }));
}
