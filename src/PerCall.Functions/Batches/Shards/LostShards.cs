using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Gives out lost shards again: shards that no instance works on and that no queued message will start.</summary>
public sealed partial class LostShards(ShardQueue queue, ShardCuts cuts, ShardPresence presence, TimeProvider time, ILogger<LostShards> log)
{
    private const int MostAtOnce = 64;

    private readonly TimeProvider _time = time;

    /// <summary>
    /// Sends a message again that the queue has delivered too often. The shard itself counts how often it was actually started.
    /// </summary>
    public Task ReviveAsync(ShardMessage message, CancellationToken cancellation) =>
        queue.SendAsync([message with { Tries = message.Tries + 1 }], cancellation);

    /// <param name="job">The job, with its current progress.</param>
    /// <param name="missing">The shards that were given out and are not done.</param>
    /// <param name="held">The shards that live instances hold.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The progress, with the shards that were given out again.</returns>
    public async Task<JobProgress> SendAgainAsync(
        Job job, IReadOnlyList<int> missing, IReadOnlyList<HeldShard> held, CancellationToken cancellation)
    {
        var progress = job.Progress;
        var now = _time.GetUtcNow();
        var inHand = held.Select(h => h.Shard).ToHashSet();
        var silent = missing.Where(s => !inHand.Contains(s) && now - GivenOut(progress, s) > presence.Patience).ToList();
        if (silent.Count == 0)
        {
            return Forget(progress, missing);
        }

        var calls = job.Plan!.Calls is not null;
        var isLost = calls ? await AreCallsLostAsync(job, progress, cancellation) : await AreLostAsync(progress, cancellation);
        List<int> lost = [.. silent.Where(isLost).Take(MostAtOnce)];
        if (lost.Count == 0)
        {
            return progress;
        }

        var again = progress.Again.ToDictionary();
        List<ShardMessage> messages = [];
        foreach (var shard in lost)
        {
            var tries = again.GetValueOrDefault(shard).Tries + 1;
            again[shard] = new(now, tries);
            messages.Add(
                new()
                {
                    Account = job.Account,
                    Job = job.Id,
                    Shard = shard,
                    Calls = calls,
                    Cut = (
                    await cuts.ReadAsync(job, shard, 1, cancellation))[0],
                    Tries = tries
                });
        }

        LogLost(job.Id, lost.Count, lost[0]);
        await queue.SendAsync(messages, cancellation);
        return Forget(progress with { Again = again }, missing);
    }

    /// <summary>A shard may still be in the queue if the next message there is not newer than the shard.</summary>
    private async Task<Func<int, bool>> AreLostAsync(JobProgress progress, CancellationToken cancellation)
    {
        var waiting = await queue.WaitingSinceAsync(cancellation);
        return shard => waiting is null || waiting > GivenOut(progress, shard) + presence.Patience;
    }

    /// <summary>
    /// Shards of calls wait in the queue of other work, and go back to it often, so the queue does not show what is lost. Lost is what an
    /// instance held when it fell silent, unless it was given out since. The rest comes back with the queue's own redelivery.
    /// </summary>
    private async Task<Func<int, bool>> AreCallsLostAsync(Job job, JobProgress progress, CancellationToken cancellation)
    {
        var abandoned = await presence.AbandonedAsync(job.Id, cancellation);
        return shard => abandoned.TryGetValue(shard, out var heard)
            && (!progress.Again.TryGetValue(shard, out var again) || heard > again.Time);
    }

    /// <summary>Returns when a shard was last given out, or a slightly later time.</summary>
    private static DateTimeOffset GivenOut(JobProgress progress, int shard) => progress.Again.TryGetValue(shard, out var again)
        ? again.Time
        : progress.Marks.FirstOrDefault(m => m.Dispatched > shard) is { Time: var time } mark && mark != default
            ? time : DateTimeOffset.MaxValue;

    private static JobProgress Forget(JobProgress progress, IReadOnlyList<int> missing) => progress.Again.Count == 0
        ? progress
        : progress with { Again = progress.Again.Where(a => missing.Contains(a.Key)).ToDictionary() };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Job}: dispatching {Count} abandoned shards again, starting with shard {First}")]
    private partial void LogLost(string job, int count, int first);
}
