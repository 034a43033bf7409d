using PerCall.Inference.Registry;

namespace PerCall.Inference.Pipelines;

/// <summary>How a model is run: what makes its tensors, and what reads them.</summary>
internal sealed record Pipeline(InputPlan Input, OutputPlan Output)
{
    /// <summary>How calls run together. Measured when the model is loaded.</summary>
    public Batching Batching { get; set; } = Batching.Off;
}

/// <summary>The pipeline of a loaded model.</summary>
internal static class PipelineModels
{
    extension(LoadedModel model)
    {
        /// <summary>The model's pipeline; null for a model without one, for example a recommender.</summary>
        public Pipeline? Pipeline => model.Prepared as Pipeline;
    }
}
