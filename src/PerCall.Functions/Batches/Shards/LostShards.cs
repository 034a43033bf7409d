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

        // A shard may still be in the queue if the next message there is not newer than the shard. Shards of calls go back to the queue
        // between their turns, so any message may be before theirs.
        var calls = job.Plan!.Calls is not null;
        var waiting = await queue.WaitingSinceAsync(calls, cancellation);
        List<int> lost =
        [
            .. silent.Where(s => waiting is null || (!calls && waiting > GivenOut(progress, s) + presence.Patience)).Take(MostAtOnce),
        ];
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
