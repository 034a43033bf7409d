namespace PerCall.Inference.Packages;

/// <summary>Validates the fallback of a manifest. Publishing also checks the model that it names.</summary>
internal static class FallbackManifestValidator
{
    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Fallback is not { } fallback)
        {
            yield break;
        }

        if (ModelTasks.Of(m.Task).LargeInputs is null)
        {
            yield return new("fallback", $"is not allowed for {ManifestNames.Of(m.Task)}; allowed for classification.");
        }
        else if (m.Output is { } output && (output.Activation == Activation.Sigmoid || output.Thresholds is not null))
        {
            yield return new(
                "fallback",
                "is not allowed with sigmoid or output.thresholds, because the large model chooses exactly one label.");
        }

        if (!ModelNames.IsName(fallback.Model))
        {
            yield return new("fallback.model", $"is '{fallback.Model}'; {ModelNames.NameRule}");
        }
        else if (fallback.Model == m.Name)
        {
            yield return new("fallback.model", $"is '{fallback.Model}', the model itself; expected another model.");
        }

        if (!(fallback.Below is > 0 and <= 1))
        {
            yield return new("fallback.below", $"is {fallback.Below}; allowed: above 0, at most 1.");
        }
    }
}
