using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Counts the lines of a large file, one part at a time, on all instances in parallel. Cutting does not need the counts, but failed rows
/// are reported with their line numbers, and the budget is reserved for the actual number of rows.
/// </summary>
public sealed class LineCounter(
    JobCache jobs, JobTable table, RowSource source, ShardTable shards, ShardPresence presence, CallCounter calls)
{
    private const long PartBytes = 256 << 20;

    /// <summary>Counting tokens takes more time than counting lines.</summary>
    private const long PartBytesOfCalls = 8 << 20;
    private const int MostShards = 4000;

    /// <summary>Returns the number of shards whose lines are counted together.</summary>
    public static int ShardsOfPart(JobPlan plan) =>
        (int)Math.Clamp((plan.Calls is null ? PartBytes : PartBytesOfCalls) / plan.ShardBytes, 1, MostShards);

    public async Task CountAsync(ShardMessage message, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(message.Account, message.Job, JobStage.Count) is not { Stage: JobStage.Count, Ending: null } job)
        {
            return;
        }

        using var held = presence.Hold(job.Id, -1 - message.Shard);
        try
        {
            var (counts, ends) = await CountAsync(job.Plan!, message.Shard, cancellation);
            var bounds = await BoundsAsync(job.Plan!, message.Shard, cancellation);
            await shards.SetLinesAsync(job.Id, message.Shard, [.. LineCount.Pack(counts), ends ? (byte)1 : (byte)0], bounds, cancellation);
        }
        catch (InputLostException e)
        {
            await table.FailAsync(job.Account, job.Id, new(e.Code, e.Message));
        }
    }

    /// <summary>Counts the lines of one part.</summary>
    public async Task<(LineCount[] Shards, bool Ends)> CountAsync(JobPlan plan, int part, CancellationToken cancellation)
    {
        var (from, to) = RangeOf(plan, part);
        var start = Math.Max(0, from - 1);
        await using var stream = source.Open(plan.Source, start, to - start);
        return await LineCount.CountAsync(stream, from, to, plan.ShardBytes, plan.LineEnds.LastByte(), cancellation);
    }

    /// <summary>Sums up the most that the rows of one part can use, if they are calls on a large model.</summary>
    public async Task<CallBounds> BoundsAsync(JobPlan plan, int part, CancellationToken cancellation)
    {
        var (from, to) = RangeOf(plan, part);
        return plan.Calls is null ? default : await calls.CountAsync(plan, new(from, to, 1, 0), cancellation);
    }

    /// <summary>Computes the cuts with their line numbers from the counts of all shards.</summary>
    public static List<ShardCut> Cuts(JobPlan plan, IEnumerable<LineCount> counts, bool ends)
    {
        List<ShardCut> cuts = [];
        long line = 1;
        foreach (var count in counts)
        {
            var from = cuts.Count * plan.ShardBytes;
            cuts.Add(new(from, Math.Min(plan.Source.Bytes, from + plan.ShardBytes), line, count.Ended - count.Blank));
            line += count.Ended;
        }

        if (!ends)
        {
            cuts[^1] = cuts[^1] with { Rows = cuts[^1].Rows + 1 };
        }

        return cuts;
    }

    private static (long From, long To) RangeOf(JobPlan plan, int part)
    {
        var bytes = plan.ShardBytes * ShardsOfPart(plan);
        var from = part * bytes;
        return (from, Math.Min(plan.Source.Bytes, from + bytes));
    }
}
