using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Recommend;

/// <summary>The task of recommendation, from a user or a history of ratings to items.</summary>
public sealed class RecommendationTask : TaskDefinition
{
    /// <inheritdoc/>
    public override ModelTask Task => ModelTask.Recommendation;

    /// <inheritdoc/>
    public override PriceUnit Unit => PriceUnit.Recommendation;

    internal override IReadOnlyList<ManifestSection> Inputs => [RecommenderManifestValidator.Section];

    internal override async ValueTask<object?> PrepareAsync(
        ModelManifest manifest, string folder, IReadOnlyList<string> labels) =>
        manifest.Recommender is null ? null : await RecommenderModel.OpenAsync(manifest, folder);

    internal override void WarmUp(LoadedModel model, CancellationToken cancellation) => Recommender.WarmUp(model, cancellation);

    internal override async ValueTask<string?> RunExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation) =>
        await GoldenRecommendations.RunAsync(run.Model, example, cancellation);
}

/// <summary>The recommender's part of a loaded model.</summary>
internal static class RecommenderModels
{
    extension(LoadedModel model)
    {
        /// <summary>The recommender's data beside the graph; null when the model does not recommend.</summary>
        public RecommenderModel? Recommender => model.Prepared as RecommenderModel;
    }
}
