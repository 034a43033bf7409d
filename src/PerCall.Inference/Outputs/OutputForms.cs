using PerCall.Inference.Packages;

namespace PerCall.Inference.Outputs;

/// <summary>The forms of all output kinds.</summary>
internal static class OutputForms
{
    public static IReadOnlyList<OutputForm> All { get; } =
        [new LabelsForm(), new ValuesForm(), new TokensForm(), new BoxesForm(), new MaskForm()];

    public static OutputForm Of(OutputKind kind) => All.Single(f => f.Kind == kind);
}
