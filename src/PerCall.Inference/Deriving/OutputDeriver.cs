using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Deriving;

/// <summary>Derives how the outputs of a graph become an answer.</summary>
internal sealed class OutputDeriver(Draft draft, GraphFacts graph, Trial trial)
{
    /// <summary>What the owner answers if an output has no labels.</summary>
    private const string AreValues = "values";
    private const string Numbers = "numbers";

    /// <summary>Names that converters give to outputs with scores; the first that is present is used.</summary>
    private static readonly string[] Scores =
    [
        "logits", "output_probability", "probabilities", "probability", "Probability.output", "Score.output", "scores", "output", "output0",
    ];

    /// <summary>Names of outputs of Transformers with one vector for each input.</summary>
    private static readonly string[] Pooled = ["image_embeds", "pooler_output"];

    private string Architecture => draft.Folder.Architecture;

    /// <summary>Returns the dimensions of an output in the trial, or as the graph declares them if it did not run.</summary>
    public int[]? ShapeOf(GraphTensor output) => trial.ShapeOf(output.Name) ?? output.Shape;

    /// <summary>Chooses the output that answers are read from.</summary>
    /// <param name="rank">The wanted number of dimensions; null for any.</param>
    /// <param name="preferred">Names to look for first.</param>
    public GraphTensor? Choose(int? rank, params string[] preferred)
    {
        var usable = graph.Outputs
            .Where(o => o.HasMaps ? rank is null or 2 : o.IsFloat && (rank is null || ShapeOf(o)?.Length == rank)).ToList();
        return preferred.Concat(Scores).Select(name => usable.FirstOrDefault(o => o.Name == name)).FirstOrDefault(o => o is not null)
            ?? usable.FirstOrDefault(o => o.HasMaps) ?? usable.FirstOrDefault();
    }

    /// <summary>Derives labels with scores, or values if there are no labels.</summary>
    /// <returns>The kind: <c>labels</c> or <c>values</c>; null if no output has one value for each of several labels.</returns>
    public string? LabelsOrValues()
    {
        if ((Choose(2, Pooled) ?? Choose(null, Pooled)) is not { } scores)
        {
            return null;
        }

        var shape = ShapeOf(scores);
        var count = scores.HasMaps || shape is null ? (int?)null : shape.Skip(1).Aggregate(1, (product, d) => product * d);
        var isClassifier = Architecture.Length == 0 || Architecture.Contains("Classif", StringComparison.Ordinal);
        if (!scores.HasMaps && (count is null or < 2 || !isClassifier || !IsFlat(shape!)))
        {
            return count >= 1 && IsFlat(shape!) ? Values(scores, count.Value) : null;
        }

        if (!Labels(count, scores.Name))
        {
            return Values(scores, count!.Value);
        }

        Output(scores, shape ?? [-1, draft.Labels.Count]);
        Activation(scores);
        return "labels";
    }

    /// <summary>Finds or asks for the labels.</summary>
    /// <returns>False if the owner says that the outputs are values, or that the task is prediction.</returns>
    public bool Labels(int? count, string output)
    {
        if (draft.Setting("task") == "prediction")
        {
            return false;
        }

        if (draft.Setting("labels") is null && LabelFinder.Find(draft, graph, count) is var (found, source))
        {
            Use(found, source);
            return true;
        }

        if (count is null)
        {
            throw new PackageRefusedException(
                [new("labels", $"are not named by the graph, whose output '{output}' has a map of scores; add a file labels.txt.")]);
        }

        var answer = draft.Ask(new(
            "labels",
            $"What are the {count} values of '{output}'? The path of a file with one label a line; {Numbers}: labels 0 to {count - 1}; "
                + $"{AreValues}: they are not scores of labels.",
            [], Numbers));
        if (answer == AreValues)
        {
            return false;
        }

        Use(answer == Numbers ? LabelFinder.Numbers(count.Value) : OfFile(answer, count.Value), answer == Numbers ? "the owner" : answer);
        return true;
    }

    /// <summary>Writes the output tensor and the part of the section <c>output</c> that names it.</summary>
    public void Output(GraphTensor tensor, int[] shape, params GraphTensor[] others)
    {
        draft.Put("outputs", new JsonArray(
        [
            Describe(tensor, shape), .. others.Select(o => (JsonNode)Describe(o, ShapeOf(o)!)),
        ]));
        draft.Set("output.tensor", tensor.Name, "the graph");
    }

    /// <summary>Derives what PerCall applies to scores, from what the graph has applied.</summary>
    public void Activation(GraphTensor scores)
    {
        var (op, several) = (graph.ComputedBy(scores.Name), IsMultiLabel());
        if (op is "Softmax" || trial.IsSoftmax(scores.Name) || scores.HasMaps)
        {
            draft.Set("output.activation", "none", scores.HasMaps ? "the graph: probabilities by label" : "a run: the scores add up to 1");
        }
        else if (op is "Sigmoid" || (trial.IsBetween(scores.Name) && graph.IsClassical))
        {
            draft.Set("output.activation", "none", "the graph: its last operator gives probabilities");
            draft.Assume("output.thresholds", Manifests.Numbers([0.5]), "usual for labels that apply independently");
        }
        else if (several)
        {
            draft.Set("output.activation", "sigmoid", "config.json: problem_type");
        }
        else if (Architecture.Length > 0)
        {
            draft.Set("output.activation", "softmax", $"config.json: {Architecture} gives logits");
        }
        else
        {
            draft.Assume("output.activation", "softmax", "the graph gives values that are not probabilities");
        }
    }

    /// <summary>Derives numbers as answers.</summary>
    public string Values(GraphTensor tensor, int count)
    {
        Output(tensor, ShapeOf(tensor) ?? [-1, count]);
        draft.Set("output.kind", "values", count == 1 ? "the graph: one number for each input" : "no labels");
        return "values";
    }

    /// <summary>Writes the labels.</summary>
    public void Use(IReadOnlyList<string> labels, string source)
    {
        draft.Labels = LabelFinder.Clean(labels);
        draft.Set("output.labels", "labels.txt", $"{source} ({string.Join(", ", draft.Labels.Take(3))}{(labels.Count > 3 ? ", …" : "")})");
    }

    private bool IsMultiLabel() => (string?)draft.Folder.Config?["problem_type"] == "multi_label_classification";

    /// <summary>Whether each input has one row of values; dimensions of 1 may follow.</summary>
    private static bool IsFlat(int[] shape) => shape.Length == 1 || shape.Skip(2).All(d => d == 1);

    private IReadOnlyList<string> OfFile(string file, int count)
    {
        var labels = draft.Folder.Files.Contains(file) ? LabelFinder.Read(draft.Folder, file) : null;
        return labels?.Count == count
            ? labels
            : throw new PackageRefusedException(
            [
                new("labels", labels is null
                    ? $"is '{file}', which is not a file of the folder with a list of labels; files: "
                        + $"{string.Join(", ", draft.Folder.Files.Take(10))}."
                    : $"is '{file}', which has {labels.Count} labels; the graph has {count}."),
            ]);
    }

    private static JsonObject Describe(GraphTensor tensor, int[] shape) => Manifests.Tensor(
        tensor.Name, tensor.Type ?? TensorType.Float32,
        tensor.Shape is { } declared && declared.Length == shape.Length ? declared : shape.Select((d, i) => i == 0 ? -1 : d));
}
