using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Text;

/// <summary>The tasks whose inputs are texts or pairs of texts.</summary>
internal static class TextTasks
{
    /// <summary>Texts as inputs.</summary>
    public static TextKind Texts { get; } = new();

    /// <summary>From a text to labels; from a pair of texts for zero-shot classification.</summary>
    public static PipelineTask Classification { get; } = Of(ModelTask.TextClassification, OutputKind.Labels);

    /// <summary>From a text to a vector.</summary>
    public static PipelineTask Embedding { get; } = Of(ModelTask.Embedding, OutputKind.Values, pairs: false);

    /// <summary>From a query and a document to a score.</summary>
    public static PipelineTask Ranking { get; } = Of(ModelTask.TextRanking, OutputKind.Values, pairs: true);

    /// <summary>From a text to labelled parts of it.</summary>
    public static PipelineTask Tokens { get; } = Of(ModelTask.TokenClassification, OutputKind.Tokens);

    private static PipelineTask Of(ModelTask task, OutputKind kind, bool? pairs = null) =>
        new(task, PriceUnit.ThousandCharacters, [Texts], [kind]) { Pairs = pairs };
}
