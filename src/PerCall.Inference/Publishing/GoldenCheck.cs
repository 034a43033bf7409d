using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>Runs a package's golden examples through the pipeline that will serve it.</summary>
public sealed class GoldenCheck(ImageClassifier images)
{
    internal static PackageFault Missing { get; } = new(
        "golden",
        "is missing; a package must contain example inputs with their expected answers, which reveal wrong pre-processing rules.");

    internal async Task<List<PackageFault>> RunAsync(LoadedModel model, string folder, CancellationToken cancellation)
    {
        var manifest = model.Manifest;
        if (manifest.Golden is null)
        {
            return [Missing];
        }

        var faults = new List<PackageFault>();
        var lines = 0;
        await foreach (var line in File.ReadLinesAsync(Path.Combine(folder, manifest.Golden), cancellation))
        {
            lines++;
            if (await RunAsync(model, folder, line, cancellation) is { } problem)
            {
                faults.Add(new($"{manifest.Golden}, line {lines}", problem));
            }
        }

        return lines == 0 ? [new(manifest.Golden, "is empty; expected at least one example.")] : faults;
    }

    private async Task<string?> RunAsync(LoadedModel model, string folder, string line, CancellationToken cancellation)
    {
        try
        {
            var example = JsonSerializer.Deserialize(
                line, ManifestJson.Default.GoldenExample) ?? throw new JsonException("it is the JSON value null.");
            return await ModelTasks.Of(model.Manifest.Task).RunExampleAsync(new(model, folder, images), example, cancellation);
        }
        catch (JsonException e)
        {
            return $"is not a golden example: {JsonWords.Of(e)}.";
        }
        catch (Exception e) when (e is ModelFailedException or OnnxRuntimeException)
        {
            return $"makes the graph fail: {e.Message}";
        }
        catch (LabelRefusedException e)
        {
            return $"gets no label: {e.Message}";
        }
        catch (InvalidInputException e)
        {
            return $"cannot be run: {e.Message}";
        }
    }
}
