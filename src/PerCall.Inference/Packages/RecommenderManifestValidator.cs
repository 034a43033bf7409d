namespace PerCall.Inference.Packages;

/// <summary>The part of a manifest that tells what lies beside a recommender's graph.</summary>
internal static class RecommenderManifestValidator
{
    /// <summary>The files that the section names, each with its place in the manifest.</summary>
    public static IEnumerable<(string Where, string? File)> Files(ModelManifest m) => m.Recommender is not { } rules
        ? []
        : [("recommender.items", rules.Items), ("recommender.users", rules.Users), ("recommender.data", rules.Data)];

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Recommender is not { } rules)
        {
            yield break;
        }

        if (rules.Rating is { } range && !(float.IsFinite(range.Min) && float.IsFinite(range.Max) && range.Min < range.Max))
        {
            yield return new("recommender.rating", $"is {range.Min} to {range.Max}; two finite numbers are expected, the lower one first.");
        }

        if ((rules.Method == RecommenderMethod.ImplicitAls) == rules.Rating is not null)
        {
            yield return new("recommender.rating", rules.Rating is null ? "is missing; the method estimates ratings." : "has no meaning for implicit-als, whose scores are no ratings.");
        }

        foreach (var (name, value) in new[] { ("regularization", rules.Regularization), ("confidence", rules.Confidence), ("shrinkage", rules.Shrinkage) })
        {
            if (!float.IsFinite(value) || value < 0)
            {
                yield return new($"recommender.{name}", $"is {value}; a finite number of 0 or more is expected.");
            }
        }
    }
}
