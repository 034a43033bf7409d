using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Registry;

/// <summary>Loads a package from a local folder into a model that is ready to run.</summary>
/// <param name="options">The limits of models.</param>
/// <param name="client">Asks large models; null: packages with a large model load, but cannot answer.</param>
/// <param name="time">The clock; null: the system's.</param>
public sealed class ModelLoader(ModelRegistryOptions options, ILargeModelClient? client = null, TimeProvider? time = null)
{
    /// <summary>Creates the session, reads the labels and runs the graph once, so that the first caller does not wait for it.</summary>
    /// <exception cref="OnnxRuntimeException">The graph cannot be loaded.</exception>
    /// <exception cref="ModelCorruptException">The labels, or a recommender's files, are missing or invalid.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, also while the graph ran.</exception>
    public async Task<LoadedModel> LoadAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        var task = ModelTasks.Of(manifest.Task);
        var labels = await ReadLabelsAsync(manifest, folder, cancellation);
        if (manifest.Backend == ModelBackend.OpenAi)
        {
            return await LoadLargeAsync(manifest, folder, labels, cancellation);
        }

        // Loading a graph can occupy a processor for seconds, so it does not run on a thread that serves calls.
        return await Task.Run(
            async () =>
            {
                var prepared = await task.PrepareAsync(manifest, folder, labels);
                ModelSession? session = null;
                try
                {
                    session = OpenGraph(manifest, folder);
                    var bytes = PackageFiles.WeightBytes(manifest, folder);
                    var queue = new RunQueue(
                        manifest.ToString(), manifest.Limits.Concurrency ?? options.Concurrency, manifest.Limits.Queue);
                    var model = new LoadedModel(manifest, session, labels, queue, bytes) { Prepared = prepared };
                    WarmUp(task, model, cancellation);
                    BatchTrial.Measure(model, options.JoinCalls, cancellation);
                    return model;
                }
                catch
                {
                    session?.Dispose();
                    (prepared as IDisposable)?.Dispose();
                    throw;
                }
            },
            cancellation);
    }

    /// <summary>The limits of models.</summary>
    internal ModelRegistryOptions Options => options;

    /// <summary>Loads only the graph, without the other files.</summary>
    /// <exception cref="OnnxRuntimeException">The graph cannot be loaded.</exception>
    internal ModelSession OpenGraph(ModelManifest manifest, string folder) =>
        new(Path.Combine(folder, manifest.Model), manifest, options.Threads, options.RunMemoryBytes);

    /// <summary>Whether the large model of a package is configured, so that its examples can run.</summary>
    internal bool IsConfigured(ModelManifest manifest) => client?.IsConfigured(manifest.LargeModel!.Model) == true;

    private async Task<LoadedModel> LoadLargeAsync(
        ModelManifest manifest, string folder, string[] labels, CancellationToken cancellation)
    {
        var prompt = await Task.Run(() => LabelPrompt.ReadAsync(manifest, folder, labels, cancellation), cancellation);
        var queue = new RunQueue(manifest.ToString(), manifest.Limits.Concurrency ?? options.LargeConcurrency, manifest.Limits.Queue);
        // The pictures of examples are in memory as text, which is longer than their files. A model of 0 bytes would count as not loaded.
        var bytes = Math.Max(1, prompt.Examples.Sum(e => 2L * (e.Input.Image?.Length ?? 0)));
        return new(manifest, session: null, labels, queue, bytes)
        {
            Labeler = new(manifest, prompt, client, queue, time ?? TimeProvider.System),
        };
    }

    /// <exception cref="ModelCorruptException">The file is empty, or has an empty line.</exception>
    internal static async Task<string[]> ReadLabelsAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        if (manifest.Output?.Labels is not { } file)
        {
            return [];
        }

        var labels = await File.ReadAllLinesAsync(Path.Combine(folder, file), cancellation);
        return labels.Length > 0 && !labels.Any(string.IsNullOrWhiteSpace)
            ? labels
            : throw new ModelCorruptException($"{file} of {manifest} is empty or contains an empty line.", file: file);
    }

    /// <summary>Runs the graph once on a generated input. If the graph rejects it, the first call warms it up.</summary>
    private static void WarmUp(TaskDefinition task, LoadedModel model, CancellationToken cancellation)
    {
        try
        {
            task.WarmUp(model, cancellation);
        }
        catch (Exception e) when (e is OnnxRuntimeException or ModelFailedException or InvalidOperationException)
        {
            // A graph may reject a picture of one pixel, or contradict its manifest. Verification or a call reports that.
        }
    }
}
