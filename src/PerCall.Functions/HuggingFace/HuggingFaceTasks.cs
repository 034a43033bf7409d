using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.Inference.Packages;

namespace PerCall.Functions.HuggingFace;

/// <summary>Names of tasks in paths, and the tasks of a model.</summary>
public static class HuggingFaceTasks
{
    private static readonly (HuggingFaceTask Task, string Name)[] All =
    [
        (HuggingFaceTask.TextClassification, "text-classification"),
        (HuggingFaceTask.ZeroShotClassification, "zero-shot-classification"),
        (HuggingFaceTask.TokenClassification, "token-classification"),
        (HuggingFaceTask.FeatureExtraction, "feature-extraction"),
        (HuggingFaceTask.SentenceSimilarity, "sentence-similarity"),
        (HuggingFaceTask.TextRanking, "text-ranking"),
        (HuggingFaceTask.ImageClassification, "image-classification"),
        (HuggingFaceTask.ObjectDetection, "object-detection"),
        (HuggingFaceTask.ImageSegmentation, "image-segmentation"),
        (HuggingFaceTask.TabularClassification, "tabular-classification"),
        (HuggingFaceTask.TabularRegression, "tabular-regression"),
    ];

    public static string NameOf(HuggingFaceTask task) => All.First(t => t.Task == task).Name;

    /// <exception cref="RefusedException">404: the service has no such task.</exception>
    public static HuggingFaceTask Require(string name)
    {
        foreach (var task in All)
        {
            if (task.Name == name)
            {
                return task.Task;
            }
        }

        throw new RefusedException(
            StatusCodes.Status404NotFound,
            "task_not_found",
            $"The task '{Page.Short(name)}' is not supported; allowed: {string.Join(", ", All.Select(t => t.Name))}.",
            "task");
    }

    /// <summary>Returns the tasks of a model, the usual one first; empty if these paths do not serve it.</summary>
    public static IReadOnlyList<HuggingFaceTask> Of(ModelManifest model) => model.Task switch
    {
        ModelTask.TextClassification => [HuggingFaceTask.TextClassification, HuggingFaceTask.ZeroShotClassification],
        ModelTask.TokenClassification => [HuggingFaceTask.TokenClassification],
        ModelTask.Embedding => [HuggingFaceTask.FeatureExtraction, HuggingFaceTask.SentenceSimilarity],
        ModelTask.TextRanking => [HuggingFaceTask.TextRanking, HuggingFaceTask.SentenceSimilarity],
        ModelTask.ImageClassification => [HuggingFaceTask.ImageClassification],
        ModelTask.ObjectDetection => [HuggingFaceTask.ObjectDetection],
        ModelTask.ImageSegmentation => [HuggingFaceTask.ImageSegmentation],
        ModelTask.TablePrediction or ModelTask.Prediction => ByForm(model),
        _ => [],
    };

    /// <summary>Returns the task of a call.</summary>
    /// <param name="model">The model.</param>
    /// <param name="named">The task that the path names; null: none.</param>
    /// <param name="inputs">The kind of the body's inputs. An object has a sentence and those to compare it with.</param>
    /// <exception cref="ModelNotFoundException">The model does not have the task, or none.</exception>
    public static HuggingFaceTask Choose(ModelManifest model, HuggingFaceTask? named, JsonTokenType inputs)
    {
        var tasks = Of(model);
        if (tasks.Count == 0)
        {
            throw WrongTask($"The model {model} is for {ManifestNames.Of(model.Task)}, which has no task of Hugging Face.");
        }

        if (named is { } task)
        {
            return tasks.Contains(task)
                ? task
                : throw WrongTask($"The model {model} is for {string.Join(" and ", tasks.Select(NameOf))}, not for {NameOf(task)}.");
        }

        return inputs == JsonTokenType.StartObject && tasks.Contains(HuggingFaceTask.SentenceSimilarity)
            ? HuggingFaceTask.SentenceSimilarity
            : tasks[0];
    }

    /// <summary>Returns the task that is an input with an output kind.</summary>
    private static HuggingFaceTask[] ByForm(ModelManifest model) => model switch
    {
        { Table: not null, Output.Kind: OutputKind.Labels } => [HuggingFaceTask.TabularClassification],
        { Table: not null, Output.Kind: OutputKind.Values } => [HuggingFaceTask.TabularRegression],
        { Image: not null, Output.Kind: OutputKind.Labels } => [HuggingFaceTask.ImageClassification],
        { Image: not null, Output.Kind: OutputKind.Boxes } => [HuggingFaceTask.ObjectDetection],
        { Image: not null, Output.Kind: OutputKind.Mask } => [HuggingFaceTask.ImageSegmentation],
        { Text.Pair: null, Output.Kind: OutputKind.Labels } => [HuggingFaceTask.TextClassification],
        { Text.Pair: null, Output.Kind: OutputKind.Tokens } => [HuggingFaceTask.TokenClassification],
        { Text.Pair: null, Output.Kind: OutputKind.Values } => [HuggingFaceTask.FeatureExtraction],
        _ => [],
    };

    private static ModelNotFoundException WrongTask(string message) =>
        new("wrong_task", $"{message} GET /v1/models lists the task of each model.");
}
