using PerCall.Inference;

namespace PerCall.Functions.Scoring;

/// <summary>Runs inputs that wait for a large model, some of them at once.</summary>
public static class WaitingInputs
{
    /// <summary>Maximum number of inputs of one group that wait at once. The model also limits its calls.</summary>
    private const int AtOnce = 16;

    /// <returns>One outcome per input, in order. An input whose model gave no answer fails alone.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<Outcome[]> ScoreAsync(
        int count, Func<int, CancellationToken, ValueTask<Outcome>> score, CancellationToken cancellation)
    {
        var outcomes = new Outcome[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (i, token) =>
            {
                try
                {
                    outcomes[i] = await score(i, token);
                }
                catch (InferenceException e)
                {
                    outcomes[i] = new(null, e);
                }
            });
        return outcomes;
    }
}
