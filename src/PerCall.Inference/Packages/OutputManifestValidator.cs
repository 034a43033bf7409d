using PerCall.Inference.Outputs;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Packages;

/// <summary>Validates the section of a manifest that converts outputs to answers. The output's form checks what is its own.</summary>
internal static class OutputManifestValidator
{
    public static ManifestSection Section { get; } = new(
        "output", m => m.Output, Check)
    { Files = m => [("output.labels", m.Output?.Labels)] };

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Output is not { } output)
        {
            return [];
        }

        var form = OutputForms.Of(output.Kind);
        return m.Backend == ModelBackend.OpenAi
            ? Members(output, form, output.Labels is null ? ["labels"] : [])
            : Members(output, form, form.Required).Concat(Tensor(m, output)).Concat(Inputs(m, form)).Concat(form.Check(m, output));
    }

    private static IEnumerable<PackageFault> Members(OutputRules output, OutputForm form, IReadOnlyList<string> required)
    {
        var members = new (string Name, bool Present)[]
        {
            ("activation", output.Activation is not null), ("labels", output.Labels is not null),
            ("thresholds", output.Thresholds is not null), ("pooling", output.Pooling is not null),
            ("normalize", output.Normalize is not null), ("dimensions", output.Dimensions is not null),
            ("names", output.Names is not null), ("boxes", output.Boxes is not null),
        };
        foreach (var (name, present) in members)
        {
            if (present && !form.Members.Contains(name))
            {
                yield return new($"output.{name}", $"is not allowed for {ManifestNames.Of(form.Kind)}.");
            }
            else if (!present && required.Contains(name))
            {
                yield return new(
                    $"output.{name}",
                    $"is missing; {(name == "activation" ? "allowed: none, softmax, sigmoid" : $"it is required for {ManifestNames.Of(form.Kind)}")}.");
            }
        }
    }

    private static IEnumerable<PackageFault> Tensor(ModelManifest m, OutputRules output)
    {
        if (output.Tensor.Length == 0)
        {
            yield return new("output.tensor", "is missing; it is required for the backend onnx.");
        }
        else if (m.Outputs.FirstOrDefault(o => o.Name == output.Tensor) is not { } tensor)
        {
            yield return new("output.tensor", $"names '{output.Tensor}', which is not described in outputs.");
        }
        else if (tensor.Type is TensorType.String or TensorType.Bool)
        {
            yield return new("output.tensor", $"names '{output.Tensor}', whose type cannot contain scores; expected numbers.");
        }
    }

    private static IEnumerable<PackageFault> Inputs(ModelManifest m, OutputForm form)
    {
        if (form.Section is { } section && !section.IsIn(m))
        {
            yield return new("output.kind", $"is {ManifestNames.Of(form.Kind)}; allowed only for models with the section {section.Name}.");
        }
    }
}
