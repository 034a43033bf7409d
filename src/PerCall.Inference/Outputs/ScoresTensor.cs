using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Outputs;

/// <summary>Checks the output that holds a classifier's scores against its labels.</summary>
internal static class ScoresTensor
{
    /// <param name="manifest">The manifest of a classifier.</param>
    /// <param name="session">Its graph.</param>
    /// <param name="labels">The number of labels; null when it is not known.</param>
    /// <param name="inRows">Whether several inputs run at once, so that each needs its own row: [batch, labels].</param>
    public static IEnumerable<PackageFault> Check(ModelManifest manifest, ModelSession session, int? labels, bool inRows)
    {
        if (manifest.Output is not { Labels: { } file } output
            || !session.OutputMetadata.TryGetValue(output.Tensor, out var scores)
            || !scores.IsTensor
            || scores.Dimensions.Length == 0)
        {
            yield break;
        }

        // Some graphs have additional dimensions of 1 after the classes: [batch, classes, 1, 1].
        var perInput = scores.Dimensions.Skip(1).Aggregate(1, (product, d) => product * d);
        if (inRows && scores.Dimensions.Skip(2).Any(d => d != 1))
        {
            yield return new(
                "output.tensor",
                $"names '{output.Tensor}', which has the shape [{string.Join(", ", scores.Dimensions)}] in the graph; "
                    + "expected [batch, labels], one value per label and text.");
        }
        else if (perInput > 0 && labels is { } count && perInput != count)
        {
            yield return new(file, $"has {count} labels, but '{output.Tensor}' has {perInput} values per input.");
        }
    }
}
