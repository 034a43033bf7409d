using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Tables;

/// <summary>The task whose inputs are rows of a table.</summary>
internal static class TableTasks
{
    /// <summary>Rows as inputs.</summary>
    public static TableKind Rows { get; } = new();

    /// <summary>From a row to labels or values.</summary>
    public static PipelineTask Prediction { get; } = new(
        ModelTask.TablePrediction, PriceUnit.Row, [Rows], [OutputKind.Labels, OutputKind.Values]);
}
