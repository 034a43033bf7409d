using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Storage;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Restarts jobs whose step is long overdue because its instance died. The queue would hide the step's message for ten minutes. One of the
/// instances that recently worked on batches checks every few seconds; without such an instance, rounds of chores check.
/// </summary>
public sealed partial class JobWatch(
    JobTable table, StepMessages queue, ShardPresence presence, EndedJobs ended, IOptions<BatchOptions> options, TimeProvider time,
    ILogger<JobWatch> log) : BackgroundService
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(3);

    // After this time, an open entry without a job is removed. The caller was told that creating the job failed.
    private static readonly TimeSpan NeverCame = TimeSpan.FromMinutes(10);

    private readonly EndedJobs _ended = ended;
    private readonly TimeSpan _interval = options.Value.WatchInterval;

    /// <returns>When an open batch has to be checked again; null: no batch is open.</returns>
    public async Task<DateTimeOffset?> LookAsync(CancellationToken cancellation)
    {
        DateTimeOffset? next = null;
        HashSet<string>? inHand = null;
        var oldest = time.GetUtcNow();
        await foreach (var (account, id, since) in table.OpenAsync(cancellation))
        {
            var stored = await table.FindAsync(account, id, cancellation);
            if (stored is not { Job: { IsOpen: true } job })
            {
                if (stored is { Job: var ended })
                {
                    using var span = Resume(ended);
                    await _ended.SeeToAsync(ended, cancellation);
                }
                else if (time.GetUtcNow() - since > NeverCame)
                {
                    await table.CloseAsync(account, id, cancellation);
                }
                else
                {
                    next = DueTimes.Earlier(next, since + NeverCame);
                }

                continue;
            }

            oldest = job.CreatedAt < oldest ? job.CreatedAt : oldest;
            next = DueTimes.Earlier(next, job.StepDue + presence.Patience);
            if (time.GetUtcNow() - job.StepDue <= presence.Patience)
            {
                continue;
            }

            // A step can take long. A step that an instance holds is not lost.
            inHand ??= [.. (await presence.ReadAsync(cancellation)).Where(h => h.Shard == HeldShard.OwnStep).Select(h => h.Job)];
            if (!inHand.Contains(id))
            {
                using var span = Resume(job);
                await ReviveAsync(stored.Value, cancellation);
            }
        }

        Measures.OldestJobAge(time.GetUtcNow() - oldest);
        return next;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_interval, time, stoppingToken);
                if (presence.LastActive != long.MinValue && time.GetElapsedTime(presence.LastActive) < Lately
                    && await table.TryTakeTurnAsync(time.GetUtcNow() - _interval, stoppingToken))
                {
                    await LookAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(e);
            }
        }
    }

    /// <summary>Starts a span in the job's own trace.</summary>
    private static Activity? Resume(Job job) => Traces.Begin("ResumeBatch", ActivityKind.Internal, job.Traceparent);

    private async Task ReviveAsync(StoredJob stored, CancellationToken cancellation)
    {
        // Set a new due time and tick, so that only one of several checking instances sends a message and the step of an old message has no
        // effect.
        var job = stored.Job with { Tick = stored.Job.Tick + 1, StepDue = time.GetUtcNow() };
        if (await table.TryUpdateAsync(stored, job, cancellation) is not null)
        {
            LogOverdue(job.Id, job.Stage);
            await queue.SendAsync(new(job.Account, job.Id, job.Tick), TimeSpan.Zero, cancellation);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step of {Job} is overdue ({Stage}); restarting it")]
    private partial void LogOverdue(string job, JobStage stage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to check open batches")]
    private partial void LogFailed(Exception exception);
}
