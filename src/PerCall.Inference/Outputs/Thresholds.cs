using PerCall.Inference.Packages;

namespace PerCall.Inference.Outputs;

/// <summary>The minimum score of each label, for models whose labels apply independently.</summary>
internal static class Thresholds
{
    /// <summary>The default threshold for a sigmoid.</summary>
    private const float Even = 0.5f;

    /// <returns>One value per label; null for a model that chooses one label.</returns>
    /// <exception cref="ModelCorruptException">The number of thresholds is neither 1 nor the number of labels.</exception>
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
