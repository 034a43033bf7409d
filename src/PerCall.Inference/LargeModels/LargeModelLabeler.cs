using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.LargeModels;

/// <summary>The label that a large model gave an input.</summary>
/// <param name="Predictions">The predictions, best first; see <see cref="LabelAnswer"/>.</param>
/// <param name="Tokens">Tokens of the prompt; 0 if the provider does not report them.</param>
/// <param name="Cost">What the provider bills the operator, in micro-units; null if it is not known.</param>
internal readonly record struct LargeModelLabels(Prediction[] Predictions, long Tokens, long? Cost);

/// <summary>Labels inputs by asking a large model. Calls wait for the network, so many run at once.</summary>
internal sealed class LargeModelLabeler(
    ModelManifest manifest, LabelPrompt prompt, ILargeModelClient? client, RunQueue queue, TimeProvider time)
{
    /// <summary>Maximum number of inputs of one call that are asked at once.</summary>
    private const int InputsAtOnce = 16;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public LabelPrompt Prompt => prompt;

    /// <summary>Labels one input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="count">Maximum number of labels to return, at least 1.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="LabelRefusedException">The model gave no label.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting, or no deployment can answer in time.</exception>
    /// <exception cref="ModelNotConfiguredException">The settings have no such large model.</exception>
    public async Task<LargeModelLabels> LabelAsync(LabelInput input, int count, CancellationToken cancellation)
    {
        if (client is null || !client.IsConfigured(prompt.Rules.Model))
        {
            throw new ModelNotConfiguredException(manifest.Name, prompt.Rules.Model);
        }

        using var turn = await queue.EnterAsync(cancellation);
        var limit = TimeSpan.FromSeconds(manifest.Limits.RunSeconds);
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            var answer = await client.AskAsync(
                new()
                {
                    Model = prompt.Rules.Model,
                    Instructions = prompt.Instructions,
                    Examples = prompt.Examples,
                    Labels = prompt.Labels,
                    Input = input,
                    MaxOutputTokens = prompt.MaxOutputTokens,
                },
                either.Token);
            return new(LabelAnswer.Read(manifest.Name, prompt.Labels, answer, count), answer.PromptTokens, answer.Cost);
        }
        catch (LabelRefusedException e)
        {
            throw e.Of(manifest.Name);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new ModelBusyException(
                $"The model {manifest} did not answer within {limit.TotalSeconds:0} s; try again later.", RetryAfter, "large_model_timeout",
                e);
        }
    }

    /// <summary>Labels the inputs of one call, some of them at once.</summary>
    /// <param name="count">The number of inputs.</param>
    /// <param name="label">Labels the input with an index.</param>
    /// <param name="cancellation">Cancels the calls.</param>
    public static async Task<T[]> ForEachAsync<T>(int count, Func<int, CancellationToken, Task<T>> label, CancellationToken cancellation)
    {
        var results = new T[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = InputsAtOnce, CancellationToken = cancellation },
            async (i, token) => results[i] = await label(i, token));
        return results;
    }
}
