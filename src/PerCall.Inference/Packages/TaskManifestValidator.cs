namespace PerCall.Inference.Packages;

/// <summary>That a manifest has the sections of its task and no others, and that a classifier's output becomes labels.</summary>
internal static class TaskManifestValidator
{
    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        var sections = new (string Name, bool Present, bool Wanted)[]
        {
            ("image", m.Image is not null, m.Task == ModelTask.ImageClassification),
            ("text", m.Text is not null, m.Task == ModelTask.TextClassification),
            ("recommender", m.Recommender is not null, m.Task == ModelTask.Recommendation),
            ("output", m.Output is not null, m.Task != ModelTask.Recommendation),
        };
        foreach (var (name, present, wanted) in sections)
        {
            if (present != wanted)
            {
                yield return new(
                    name,
                    wanted
                        ? $"is missing; it is required for {ManifestNames.Of(m.Task)}."
                        : $"is not allowed for {ManifestNames.Of(m.Task)}.");
            }
        }

        var unit = m.Task switch
        {
            ModelTask.ImageClassification => PriceUnit.Image,
            ModelTask.TextClassification => PriceUnit.ThousandCharacters,
            _ => PriceUnit.Recommendation,
        };
        if (m.Unit != unit)
        {
            yield return new("unit", $"is {ManifestNames.Of(m.Unit)}; allowed for {ManifestNames.Of(m.Task)}: {ManifestNames.Of(unit)}.");
        }

        if (m.Output is { } output)
        {
            foreach (var fault in Output(m, output))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<PackageFault> Output(ModelManifest m, OutputRules output)
    {
        if (!m.Outputs.Any(o => o.Name == output.Tensor))
        {
            yield return new("output.tensor", $"names '{output.Tensor}', which is not described in outputs.");
        }
        else if (m.Outputs.First(o => o.Name == output.Tensor).Type is TensorType.Int32 or TensorType.Int64 or TensorType.String)
        {
            yield return new(
                "output.tensor", $"names '{output.Tensor}', whose type cannot contain scores; allowed: float32, float16, uint8.");
        }

        if (output.Thresholds is not { } thresholds)
        {
            yield break;
        }

        if (output.Activation == Activation.Softmax)
        {
            yield return new(
                "output.thresholds",
                "is not allowed with softmax; "
                    + "thresholds are for models that decide on each label independently (sigmoid, or none if the graph applies it).");
        }

        if (thresholds.Count == 0 || thresholds.Any(t => !float.IsFinite(t)))
        {
            yield return new("output.thresholds", "must have one finite value, or one per label.");
        }
    }
}
