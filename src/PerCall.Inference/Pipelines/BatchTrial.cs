using System.Diagnostics;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Pipelines;

/// <summary>
/// Measures whether inputs of several calls should run together. Generated inputs run alone and in batches: a batch must give the same
/// values, and must be faster for each input.
/// </summary>
internal static class BatchTrial
{
    /// <summary>The length of the generated inputs, in places: that of a short message.</summary>
    private const int Length = 24;

    /// <summary>How much faster a batch must be for each input, so that it pays for the handing over between calls.</summary>
    private const double LeastGain = 1.2;

    /// <summary>Rounds of measurements. The median of an odd number is a measured one.</summary>
    private const int Rounds = 5;

    private static readonly int[] Sizes = [4, 8, 16];

    /// <summary>A longer run already fills the processor's caches by itself, and its trial would delay the first call.</summary>
    private static readonly TimeSpan LongRun = TimeSpan.FromMilliseconds(4);

    /// <summary>Sets how calls of a model run together. Where a graph refuses the generated inputs, each call runs by itself.</summary>
    /// <param name="model">The model.</param>
    /// <param name="joins">Whether inputs of several calls may run together at all.</param>
    /// <param name="cancellation">Cancels the measurement.</param>
    public static void Measure(LoadedModel model, bool joins, CancellationToken cancellation)
    {
        if (model.Pipeline is not { Input.Batch: null } pipeline)
        {
            return;
        }

        try
        {
            pipeline.Batching = Of(model, pipeline, joins, cancellation);
        }
        catch (Exception e) when (e is ModelFailedException or InvalidOperationException)
        {
            // Verification or a call reports what is wrong with the graph.
        }
    }

    /// <summary>Returns why a number of inputs that the manifest declares cannot run together; null if it can, or if none is declared.</summary>
    public static PackageFault? Check(LoadedModel model, CancellationToken cancellation)
    {
        if (model.Manifest.Limits.Batch is not { } declared || declared == 1 || model.Pipeline is not { } pipeline)
        {
            return null;
        }

        if (pipeline.Input.Batch is { } batch)
        {
            return new("limits.batch", $"is {declared}, but the graph fixes the number of inputs at {batch}.");
        }

        return Same(model, pipeline, declared, Length, cancellation)
            ? null
            : new("limits.batch", $"is {declared}, but the graph gives other values for inputs that run together; allowed: 1.");
    }

    private static Batching Of(LoadedModel model, Pipeline pipeline, bool joins, CancellationToken cancellation)
    {
        var equalLengths = pipeline.Input.Pads && !IsPaddingNeutral(model, pipeline, cancellation);
        if (!joins || model.Manifest.Limits.Batch is not null)
        {
            return new(joins ? model.Manifest.Limits.Batch!.Value : 1, equalLengths);
        }

        // The first test needs no run: it spares pictures one at each load.
        if (pipeline.Input.MaxRows == 1
            || TimeOf(model, pipeline, 1, cancellation) > LongRun
            || !Same(model, pipeline, Sizes[^1], Length, cancellation))
        {
            return new(1, equalLengths);
        }

        return new(Fastest(model, pipeline, cancellation), equalLengths);
    }

    /// <summary>Returns the size with the least time per input; 1 if none is much faster than a run alone.</summary>
    private static int Fastest(LoadedModel model, Pipeline pipeline, CancellationToken cancellation)
    {
        int[] sizes = [1, .. Sizes];
        var times = sizes.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            // All sizes in turn, so that other work on the machine meets each of them.
            for (var i = 0; i < sizes.Length; i++)
            {
                times[i][round] = TimeOf(model, pipeline, sizes[i], cancellation).TotalMicroseconds / sizes[i];
            }
        }

        var medians = times.Select(t => t.Order().ElementAt(Rounds / 2)).ToArray();
        var best = Array.IndexOf(medians, medians.Min());
        return medians[0] / medians[best] >= LeastGain ? sizes[best] : 1;
    }

    private static TimeSpan TimeOf(LoadedModel model, Pipeline pipeline, int rows, CancellationToken cancellation)
    {
        var inputs = Samples(pipeline, rows, _ => Length);
        try
        {
            var started = Stopwatch.GetTimestamp();
            ModelRunner.RunRows(model, pipeline, inputs, cancellation);
            return Stopwatch.GetElapsedTime(started);
        }
        finally
        {
            Array.ForEach(inputs, i => i.Dispose());
        }
    }

    /// <summary>Whether a short input gives the same values beside a long one as alone.</summary>
    private static bool IsPaddingNeutral(LoadedModel model, Pipeline pipeline, CancellationToken cancellation) =>
        AreSame(model, pipeline, Samples(pipeline, 2, i => i == 0 ? Length : Length / 3), cancellation);

    private static bool Same(LoadedModel model, Pipeline pipeline, int rows, int length, CancellationToken cancellation) =>
        AreSame(model, pipeline, Samples(pipeline, rows, _ => length), cancellation);

    private static bool AreSame(LoadedModel model, Pipeline pipeline, EncodedInput[] inputs, CancellationToken cancellation)
    {
        try
        {
            var together = ModelRunner.RunRows(model, pipeline, inputs, cancellation);
            return inputs.Index().All(
                i => pipeline.Output.AreSame(ModelRunner.RunRows(model, pipeline, [i.Item], cancellation)[0], together[i.Index]));
        }
        finally
        {
            Array.ForEach(inputs, i => i.Dispose());
        }
    }

    private static EncodedInput[] Samples(Pipeline pipeline, int rows, Func<int, int> length) =>
        [.. Enumerable.Range(0, rows).Select(i => pipeline.Input.Sample(length(i), seed: i))];
}
