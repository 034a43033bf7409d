using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>Streams a batch's state as server-sent events.</summary>
public sealed class JobEvents(
    JobTable table, JobView view, IOptions<BatchOptions> options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const string Progress = "progress";
    private const string End = "end";

    // Azure's front end ends a response after 230 seconds.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(200);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval = options.Value.EventInterval;

    private readonly CancellationToken _stopping = lifetime.ApplicationStopping;

    public async IAsyncEnumerable<SseItem<Batch>> WatchAsync(
        string account, string id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        long? told = null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping);
        // Watchers do not delay shutdown; they reconnect to another instance. A disconnected client is not an error, and the Functions host
        // would log an exception here.
        while (!ended.IsCancellationRequested
            && time.GetElapsedTime(started) < Longest
            && await table.FindAsync(account, id, CancellationToken.None) is { Job: var job, ETag: var etag })
        {
            var version = etag.GetHashCode();
            if (told != version)
            {
                told = version;
                yield return new(view.Of(job), job.IsOpen ? Progress : End) { ReconnectionInterval = Reconnect };
            }

            if (!job.IsOpen)
            {
                yield break;
            }

            await Task.Delay(_interval, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
