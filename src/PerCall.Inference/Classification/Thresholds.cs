using PerCall.Inference.Packages;

namespace PerCall.Inference.Classification;

/// <summary>From which score on a label applies, for models that decide for each label by itself.</summary>
internal static class Thresholds
{
    /// <summary>As likely as not: what holds for a sigmoid whose manifest says nothing.</summary>
    private const float Even = 0.5f;

    /// <returns>One value per label; null for a model of which one label of many is chosen.</returns>
    /// <exception cref="ModelCorruptException">There are neither as many as labels nor one.</exception>
    public static float[]? Of(ModelManifest manifest, int labels)
    {
        if (manifest.Output is not { } output || (output.Thresholds is null && output.Activation != Activation.Sigmoid))
        {
            return null;
        }

        var given = output.Thresholds ?? [Even];
        return given.Count == labels
            ? [.. given]
            : given.Count == 1
                ? [.. Enumerable.Repeat(given[0], labels)]
                : throw new ModelCorruptException(
                    $"output.thresholds of {manifest} has {given.Count} values; expected 1, or {labels}, one per label.",
                    file: "output.thresholds");
    }
}
