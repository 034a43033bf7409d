using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Gives out again what nobody is working on and nobody will get.</summary>
public sealed partial class LostShards(ShardQueue queue, ShardCuts cuts, ShardPresence presence, TimeProvider time, ILogger<LostShards> log)
{
    private const int MostAtOnce = 64;

    private readonly TimeProvider _time = time;

    /// <summary>A message that has been received too often comes back; how often its shard is really begun, its runner counts.</summary>
    public Task ReviveAsync(ShardMessage message, CancellationToken cancellation) =>
        queue.SendAsync([message with { Tries = message.Tries + 1 }], cancellation);

    /// <param name="job">With its present progress.</param>
    /// <param name="missing">Shards that were given out and are not done.</param>
    /// <param name="held">What instances that are alive have in hand.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The progress, with what was given out again.</returns>
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

        // What waits in the queue since before is only waiting.
        var waiting = await queue.WaitingSinceAsync(cancellation);
        List<int> lost = [.. silent.Where(s => waiting is null || waiting > GivenOut(progress, s) + presence.Patience).Take(MostAtOnce)];
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
                new() { Account = job.Account, Job = job.Id, Shard = shard, Cut = (
                    await cuts.ReadAsync(job, shard, 1, cancellation))[0], Tries = tries });
        }

        LogLost(job.Id, lost.Count, lost[0]);
        await queue.SendAsync(messages, cancellation);
        return Forget(progress with { Again = again }, missing);
    }

    /// <summary>When a shard was last given out, or a little later.</summary>
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
