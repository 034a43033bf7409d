using PerCall.Inference.Recommend;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Packages;

/// <summary>Validates the section of a manifest that describes a recommender's files.</summary>
internal static class RecommenderManifestValidator
{
    public static ManifestSection Section { get; } = new("recommender", m => m.Recommender, Check) { Files = Files };

    /// <summary>Returns the files that the section names, each with its path in the manifest.</summary>
    public static IEnumerable<(string Where, string? File)> Files(ModelManifest m) => m.Recommender is not { } rules
        ? []
        : [("recommender.items", rules.Items), ("recommender.users", rules.Users), ("recommender.data", rules.Data)];

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Recommender is not { } rules)
        {
            yield break;
        }

        foreach (var fault in Tensors(
            "inputs", m.Inputs, TensorNames.Inputs(-1)).Concat(Tensors("outputs", m.Outputs, TensorNames.Outputs)))
        {
            yield return fault;
        }

        if (rules.Rating is { } range && !(float.IsFinite(range.Min) && float.IsFinite(range.Max) && range.Min < range.Max))
        {
            yield return new("recommender.rating", $"is {range.Min} to {range.Max}; expected two finite numbers, the lower one first.");
        }

        if ((rules.Method == RecommenderMethod.ImplicitAls) == rules.Rating is not null)
        {
            yield return new(
                "recommender.rating",
                rules.Rating is null
                    ? "is missing; it is required because the method estimates ratings."
                    : "is not allowed for implicit-als, whose scores are not ratings.");
        }

        foreach (var (name, value) in new[] { ("regularization", rules.Regularization), (
            "confidence", rules.Confidence), ("shrinkage", rules.Shrinkage) })
        {
            if (!float.IsFinite(value) || value < 0)
            {
                yield return new($"recommender.{name}", $"is {value}; expected a finite number of at least 0.");
            }
        }
    }

    /// <summary>All recommenders have the same interface: exactly these tensors, in this order.</summary>
    private static IEnumerable<PackageFault> Tensors(
        string where, IReadOnlyList<TensorDescription> actual, IReadOnlyList<TensorDescription> expected)
    {
        if (!actual.Select(t => t.Name).SequenceEqual(expected.Select(t => t.Name)))
        {
            yield return new(
                where,
                $"has {string.Join(", ", actual.Select(t => t.Name))}; "
                    + $"expected {string.Join(", ", expected.Select(t => t.Name))}, in this order.");
            yield break;
        }

        for (var i = 0; i < actual.Count; i++)
        {
            if (actual[i].Type != expected[i].Type)
            {
                yield return new(
                    $"{where}[{i}].type",
                    $"is {ManifestNames.Of(actual[i].Type)}; expected {ManifestNames.Of(expected[i].Type)} for '{expected[i].Name}'.");
            }

            if (actual[i].Shape.Count != expected[i].Shape.Count || actual[i].Shape.Zip(expected[i].Shape).Any(
                d => d.Second != -1 && d.First != d.Second))
            {
                yield return new(
                    $"{where}[{i}].shape",
                    $"is [{string.Join(", ", actual[i].Shape)}]; "
                        + $"expected [{string.Join(", ", expected[i].Shape)}] for '{expected[i].Name}', where -1 is any length.");
            }
        }
    }
}
