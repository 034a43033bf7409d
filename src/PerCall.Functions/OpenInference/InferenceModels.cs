using PerCall.Client.Wire;
using PerCall.Functions.Models;
using PerCall.Functions.Pricing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tensors;

namespace PerCall.Functions.OpenInference;

/// <summary>Describes loaded models in the protocol's form. A model that is not in memory is loaded.</summary>
public sealed class InferenceModels(ModelRegistry registry, ModelCatalog catalog)
{
    private const string Platform = "onnx_onnxv1";

    /// <param name="model">The model's name.</param>
    /// <param name="version">A version or an alias; null: production.</param>
    /// <param name="terms">The caller's plan: models that it does not include do not exist. Null includes all models.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="Inference.InferenceException">The model does not exist, has no graph, or cannot be loaded.</exception>
    public async Task<InferenceModel> DescribeAsync(string model, string? version, PlanTerms? terms, CancellationToken cancellation)
    {
        var versions = await catalog.VersionsAsync(model, terms, cancellation);
        using var lease = await AcquireAsync(model, version, cancellation);
        var tensors = ModelTensors.Of(lease.Model);
        return new()
        {
            Name = model,
            Versions = versions,
            Platform = Platform,
            Inputs = [.. tensors.Inputs.Select(Describe)],
            Outputs = [.. tensors.Outputs.Select(Describe)],
        };
    }

    /// <inheritdoc cref="DescribeAsync"/>
    public async Task<InferenceModelReady> ReadyAsync(string model, string? version, PlanTerms? terms, CancellationToken cancellation)
    {
        await catalog.VersionsAsync(model, terms, cancellation);
        using var lease = await AcquireAsync(model, version, cancellation);
        return new(model, true);
    }

    private async ValueTask<ModelLease> AcquireAsync(string model, string? version, CancellationToken cancellation)
    {
        var reference = version is null ? model : $"{model}/{version}";
        var manifest = await registry.ResolveAsync(reference, cancellation);
        ModelTensors.RequireGraph(manifest);
        return await registry.AcquireAsync(manifest.ToString(), cancellation);
    }

    private static InferenceTensor Describe(TensorInfo tensor) => new(tensor.Name, Datatypes.NameOf(tensor.Type), tensor.Shape);
}
