using System.Text.Json;
using PerCall.Functions.HuggingFace;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.HuggingFace;

public sealed class HuggingFaceTasksTests
{
    private static readonly string Samples = Path.Combine(Repository.Root, "samples", "models");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("spam", "text-classification", "zero-shot-classification")]
    [InlineData("digits", "image-classification")]
    [InlineData("churn", "tabular-classification")]
    [InlineData("shop")]
    [InlineData("contacts", "token-classification")]
    [InlineData("phrases", "feature-extraction", "sentence-similarity")]
    [InlineData("matching", "text-ranking", "sentence-similarity")]
    [InlineData("shapes", "object-detection")]
    [InlineData("shapes-mask", "image-segmentation")]
    public async Task Of_ModelOfTheRepository_AreItsTasks(string model, params string[] tasks) =>
        Assert.Equal(tasks, HuggingFaceTasks.Of(await FindAsync(model)).Select(HuggingFaceTasks.NameOf));

    [Theory]
    [InlineData("spam", OutputKind.Labels, "text-classification")]
    [InlineData("phrases", OutputKind.Values, "feature-extraction")]
    [InlineData("matching", OutputKind.Values)]
    [InlineData("contacts", OutputKind.Tokens, "token-classification")]
    [InlineData("digits", OutputKind.Labels, "image-classification")]
    [InlineData("shapes", OutputKind.Boxes, "object-detection")]
    [InlineData("shapes-mask", OutputKind.Mask, "image-segmentation")]
    [InlineData("churn", OutputKind.Labels, "tabular-classification")]
    [InlineData("churn", OutputKind.Values, "tabular-regression")]
    public async Task Of_ModelOfAnyTask_FollowsFromItsForm(string model, OutputKind kind, params string[] tasks)
    {
        var manifest = await FindAsync(model);
        manifest = manifest with { Task = ModelTask.Prediction, Output = manifest.Output! with { Kind = kind } };

        Assert.Equal(tasks, HuggingFaceTasks.Of(manifest).Select(HuggingFaceTasks.NameOf));
    }

    [Fact]
    public void Require_EveryName_IsItsTask()
    {
        Assert.All(Enum.GetValues<HuggingFaceTask>(), t => Assert.Equal(t, HuggingFaceTasks.Require(HuggingFaceTasks.NameOf(t))));

        var refused = Assert.Throws<RefusedException>(() => HuggingFaceTasks.Require("fill-mask"));
        Assert.Equal((404, "task_not_found", "task"), (refused.Status, refused.Code, refused.Param));
        Assert.EndsWith("tabular-classification, tabular-regression.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JsonTokenType.String, "feature-extraction")]
    [InlineData(JsonTokenType.StartArray, "feature-extraction")]
    [InlineData(JsonTokenType.None, "feature-extraction")]
    [InlineData(JsonTokenType.StartObject, "sentence-similarity")]
    public async Task Choose_ModelOfVectors_FollowsTheInputs(JsonTokenType inputs, string task)
    {
        var model = await FindAsync("phrases");

        Assert.Equal(task, HuggingFaceTasks.NameOf(HuggingFaceTasks.Choose(model, named: null, inputs)));
        Assert.Equal(
            HuggingFaceTask.FeatureExtraction, HuggingFaceTasks.Choose(model, HuggingFaceTask.FeatureExtraction, inputs));
    }

    [Fact]
    public async Task Choose_TaskThatTheModelDoesNotHave_NamesThoseItHas()
    {
        var model = await FindAsync("phrases");

        var refused = Assert.Throws<ModelNotFoundException>(
            () => HuggingFaceTasks.Choose(model, HuggingFaceTask.TextClassification, JsonTokenType.String));
        Assert.StartsWith(
            "The model phrases/1 is for feature-extraction and sentence-similarity, not for text-classification.", refused.Message,
            StringComparison.Ordinal);
    }

    private static async Task<ModelManifest> FindAsync(string model)
    {
        var folder = Directory.Exists(Path.Combine(Samples, model)) ? Samples : Repository.Models;
        return (await new FolderPackageStore(folder).FindAsync(model, "1", Cancellation))!.Manifest;
    }
}
