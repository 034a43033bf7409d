using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Scores rows with a model that waits for a large model. While no deployment can answer, the rows wait: a batch does not fail because a
/// provider is busy for a while.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="scorer">The scorer of the model's task.</param>
/// <param name="use">How large models may be used.</param>
/// <param name="goesOn">Whether the batch continues; if not, rows do not wait any longer.</param>
/// <param name="time">The clock for pauses.</param>
public sealed class WaitingRows(LoadedModel model, IWaitingScorer scorer, LargeModelUse use, Func<bool> goesOn, TimeProvider time)
{
    /// <summary>The number of rows that are scored together.</summary>
    public const int AtOnce = 32;

    /// <summary>How often a row is tried again. With the pauses between, more than ten minutes.</summary>
    private const int MostRetries = 24;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public async Task<Outcome[]> ScoreAsync(
        IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, RunOnGraph run, CancellationToken cancellation)
    {
        var outcomes = await TryAsync([.. Enumerable.Range(0, inputs.Count)], inputs, ids, run, cancellation);
        var pause = ShortestPause;
        for (var retry = 0; retry < MostRetries && goesOn(); retry++)
        {
            var busy = outcomes.Index().Where(o => o.Item.Fault is ModelBusyException).ToList();
            if (busy.Count == 0)
            {
                break;
            }

            var asked = busy.Max(o => ((ModelBusyException)o.Item.Fault!).RetryAfter);
            await Task.Delay(Min(asked > pause ? asked : pause, LongestPause), time, cancellation);
            pause = Min(pause * 2, LongestPause);
            int[] indexes = [.. busy.Select(o => o.Index)];
            foreach (var (outcome, i) in (await TryAsync(indexes, inputs, ids, run, cancellation)).Zip(indexes))
            {
                outcomes[i] = outcome;
            }
        }

        return outcomes;
    }

    /// <summary>Scores inputs. If the graph fails, runs them again in halves until the input that fails alone is found.</summary>
    private async Task<Outcome[]> TryAsync(
        int[] indexes, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, RunOnGraph run, CancellationToken cancellation)
    {
        try
        {
            return await scorer.ScoreAsync(
                model, [.. indexes.Select(i => inputs[i])], [.. indexes.Select(i => ids[i])], use, run, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            var half = indexes.Length / 2;
            return half == 0
                ? [new(null, e)]
                :
                [
                    .. await TryAsync(indexes[..half], inputs, ids, run, cancellation),
                    .. await TryAsync(indexes[half..], inputs, ids, run, cancellation),
                ];
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
