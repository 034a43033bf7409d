using System.Globalization;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Deriving;

/// <summary>Decides what a model is for, and derives the sections of its manifest.</summary>
internal sealed class TaskDeriver(Draft draft, GraphFacts graph)
{
    private const string Shapes = "shapes";
    private const string Transformers = "config.json: architectures";

    /// <summary>Texts for the golden example of a model, and for its trial.</summary>
    private const string SampleText = "The parcel arrived on Monday, two days early, and everything in it was in good order.";
    private const string SamplePair = "The delivery was late.";

    /// <summary>Ends of the names of architectures that PerCall has no task for.</summary>
    private static readonly string[] WithoutTask =
        ["ForMaskedLM", "ForCausalLM", "LMHeadModel", "ForQuestionAnswering", "ForConditionalGeneration"];

    /// <summary>Lengths of free dimensions to try, the most usual first.</summary>
    private static readonly int[] FreeLengths = [16, 8, 1, 32, 64, 224, 256, 512];

    /// <summary>Writes the task, its sections and its tensors.</summary>
    /// <returns>The input of a golden example.</returns>
    public JsonObject Derive(CancellationToken cancellation)
    {
        var config = draft.Folder.Config;
        var given = draft.Setting("task");
        if (given != "tensors" && ImageDeriver.Fits(graph))
        {
            return Image(given, cancellation);
        }

        if (given != "tensors" && TextDeriver.Fits(graph, draft.Folder))
        {
            return Text(given, config, cancellation);
        }

        return given != "tensors" && TableDeriver.Fits(graph)
            ? Table(given, cancellation)
            : Tensors(given is null ? "nothing says what the inputs mean" : "given", cancellation);
    }

    private JsonObject Image(string? given, CancellationToken cancellation)
    {
        var image = new ImageDeriver(draft, graph);
        var shape = image.Derive();
        var output = Output([shape], cancellation);
        var source = given is null ? Transformers : "given";
        if ((given == "image-segmentation" || draft.Folder.Architecture.EndsWith("ForSemanticSegmentation", StringComparison.Ordinal))
            && output.Choose(4) is { } mask && output.ShapeOf(mask) is [_, var classes, _, _])
        {
            output.Output(mask, output.ShapeOf(mask)!);
            output.Labels(classes, mask.Name);
            draft.Set("output.kind", "mask", source);
            Task(given ?? "image-segmentation", source);
        }
        else if (new BoxesDeriver(draft, graph, output).TryDerive())
        {
            Task(given ?? "object-detection", "the outputs are boxes");
        }
        else if (output.LabelsOrValues() is { } kind)
        {
            Task(given ?? (kind == "labels" ? "image-classification" : "prediction"), "the graph reads pictures");
        }
        else
        {
            draft.Forget("image");
            return Tensors("no output is one that PerCall reads from a picture", cancellation);
        }

        return new() { ["image"] = SamplePicture.In(draft.Folder, shape) };
    }

    private JsonObject Text(string? given, JsonObject? config, CancellationToken cancellation)
    {
        var architecture = draft.Folder.Architecture;
        if (given is null && WithoutTask.Any(a => architecture.EndsWith(a, StringComparison.Ordinal)))
        {
            return Tensors($"{Transformers}: {architecture} has no task of PerCall", cancellation);
        }

        var sentences = draft.Folder.Find("modules.json") is not null;
        var isRanker = IsRanker(config, architecture) || given == "text-ranking";
        var pair = isRanker || IsInference(config);
        var shapes = new TextDeriver(draft, graph).Derive(pair);
        var output = Output(shapes, cancellation);
        if (isRanker && output.Choose(2) is { } score)
        {
            output.Values(score, 1);
            Ranking(config);
            Task("text-ranking", given is null ? Transformers : "given");
        }
        else if (architecture.EndsWith("ForTokenClassification", StringComparison.Ordinal) && output.Choose(3) is { } tokens
            && output.ShapeOf(tokens) is [_, _, var labels])
        {
            output.Output(tokens, output.ShapeOf(tokens)!);
            output.Labels(labels, tokens.Name);
            draft.Set("output.kind", "tokens", Transformers);
            draft.Set("output.activation", "softmax", Transformers);
            Task(given ?? "token-classification", Transformers);
        }
        else if (!sentences && !IsEncoder(given, architecture) && output.Choose(2) is not null && output.LabelsOrValues() is { } kind)
        {
            Task(given ?? (kind == "labels" ? "text-classification" : "prediction"), "the graph reads texts");
        }
        else if (new EmbeddingDeriver(draft, graph, output).TryDerive())
        {
            Task(given ?? "embedding", sentences ? "modules.json" : "the graph gives vectors");
        }
        else
        {
            draft.Forget("text");
            return Tensors("no output is one that PerCall reads from a text", cancellation);
        }

        return pair ? new() { ["text"] = SampleText, ["pair"] = SamplePair } : new() { ["text"] = SampleText };
    }

    /// <summary>Whether a model has no head: its vectors are the answer. A further output of such a model is its pooler's.</summary>
    private bool IsEncoder(string? given, string architecture) =>
        given == "embedding" || architecture.EndsWith("Model", StringComparison.Ordinal)
        || (architecture.Length == 0 && graph.Output("last_hidden_state") is not null);

    private JsonObject Table(string? given, CancellationToken cancellation)
    {
        var table = new TableDeriver(draft, graph);
        var output = Output(table.Derive(), cancellation);
        if (output.LabelsOrValues() is null)
        {
            draft.Forget("table");
            return Tensors("no output is one that PerCall reads from a row", cancellation);
        }

        table.Relax((string)draft.Manifest["output"]!["tensor"]!);
        Task(given ?? "table-prediction", "the graph reads columns");
        return new() { ["row"] = table.Sample() };
    }

    /// <summary>Describes the tensors alone: every graph has them.</summary>
    private JsonObject Tensors(string why, CancellationToken cancellation)
    {
        if (graph.Inputs.FirstOrDefault(i => i.Type is null) is { } other)
        {
            throw new PackageRefusedException([new(
                draft.Manifest["model"]!.GetValue<string>(), $"has the input '{other.Name}', which is not a tensor of a supported type.")]);
        }

        draft.Forget("output");
        Task("tensors", why);
        var (shapes, trial) = Sample(cancellation);
        draft.Put("inputs", new JsonArray(
            [.. graph.Inputs.Select((i, at) => (JsonNode)Manifests.Tensor(i.Name, i.Type!.Value, i.Shape ?? shapes[at]))]));
        var outputs = graph.Outputs.Where(o => o.Type is not null).ToList();
        draft.Put("outputs", new JsonArray(
            [.. outputs.Select(o => (JsonNode)Manifests.Tensor(o.Name, o.Type!.Value, o.Shape ?? trial.ShapeOf(o.Name) ?? []))]));
        var tensors = new JsonObject();
        foreach (var (input, shape) in graph.Inputs.Zip(shapes))
        {
            tensors[input.Name] = new JsonObject { ["shape"] = Manifests.Shape(shape) };
        }

        return new() { ["tensors"] = tensors };
    }

    /// <summary>Finds shapes with which the graph runs, or asks for them.</summary>
    private (int[][] Shapes, Trial Trial) Sample(CancellationToken cancellation)
    {
        if (draft.Setting(Shapes) is { } given)
        {
            return Run(GivenShapes(given), cancellation);
        }

        (int[][] Shapes, Trial Trial)? first = null;
        foreach (var shapes in UsualShapes(areStates: false).Concat(UsualShapes(areStates: true)).DistinctBy(Show))
        {
            var run = Run(shapes, cancellation);
            if (run.Trial.Failure is null)
            {
                return run;
            }

            first ??= run;
        }

        var shown = Show(first!.Value.Shapes);
        return Run(
            GivenShapes(draft.Ask(new(
                Shapes,
                $"The graph ran on none of the shapes that were tried. With {shown}: {first.Value.Trial.Failure} Which ones does it take?",
                [], shown))),
            cancellation);
    }

    private IEnumerable<int[][]> UsualShapes(bool areStates) =>
        FreeLengths.Select(length => graph.Inputs.Select(i => ShapeOf(i, length, areStates)).ToArray());

    /// <summary>Writes shapes in the form of an answer: <c>input=1x512, state=2x1x128</c>.</summary>
    private string Show(int[][] shapes) =>
        string.Join(", ", graph.Inputs.Zip(shapes, (i, shape) => $"{i.Name}={string.Join('x', shape)}"));

    private (int[][] Shapes, Trial Trial) Run(int[][] shapes, CancellationToken cancellation) =>
        (shapes, Trial.Run(graph, Descriptions(shapes), cancellation));

    /// <summary>Gives a length to the free dimensions of an input. The number of inputs in a run is 1.</summary>
    /// <param name="input">The input.</param>
    /// <param name="length">The length.</param>
    /// <param name="areStates">Whether the first free dimension of tensors of rank 3 and more is the number of inputs in a run.</param>
    private int[] ShapeOf(GraphTensor input, int length, bool areStates)
    {
        int[] shape = [.. input.Shape ?? []];
        var batch = areStates && shape.Length > 2 ? Array.FindIndex(shape, d => d <= 0) : 0;
        return [.. shape.Select((d, at) => d > 0 ? d : at == batch || at == 0 || IsBatch(input.Dimensions[at]) ? 1 : length)];
    }

    /// <summary>Whether a dimension has a name that is also that of the first dimension of an input.</summary>
    private bool IsBatch(string dimension) =>
        dimension.Length > 0 && graph.Inputs.Any(i => i.Dimensions.Count > 0 && i.Dimensions[0] == dimension);

    /// <summary>Reads <c>input=1x512, state=2x1x128</c>.</summary>
    private int[][] GivenShapes(string text)
    {
        var given = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, shape) = part.LastIndexOf('=') is > 0 and var at ? (part[..at], part[(at + 1)..]) : ("", "");
            int[] sizes = [.. shape.Split('x', StringSplitOptions.RemoveEmptyEntries)
                .Select(d => int.TryParse(d, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0)];
            given[name] = graph.Input(name) is { } input && sizes.All(d => d > 0) && (input.Shape is not { } declared
                || (declared.Length == sizes.Length && declared.Zip(sizes).All(d => d.First <= 0 || d.First == d.Second)))
                ? sizes
                : throw new PackageRefusedException([new(
                    Shapes,
                    $"has '{part}'; expected NAME=SHAPE with a shape that the graph allows: "
                        + $"{string.Join(", ", graph.Inputs.Select(i => $"{i.Name} [{string.Join(", ", i.Shape ?? [])}]"))}.")]);
        }

        return graph.Inputs.FirstOrDefault(i => !given.ContainsKey(i.Name)) is { } missing
            ? throw new PackageRefusedException([new(Shapes, $"has no shape for the input '{missing.Name}'.")])
            : [.. graph.Inputs.Select(i => given[i.Name])];
    }

    private void Task(string task, string source) => draft.Set("task", task, source);

    private OutputDeriver Output(IReadOnlyList<int[]> shapes, CancellationToken cancellation)
    {
        var trial = Trial.Run(graph, Descriptions(shapes), cancellation);
        if (trial.Failure is { } failure)
        {
            draft.Notes.Add($"The graph failed on generated inputs: {failure}");
        }

        return new(draft, graph, trial);
    }

    private List<TensorDescription> Descriptions(IReadOnlyList<int[]> shapes) =>
        [.. graph.Inputs.Zip(shapes, (i, shape) => new TensorDescription { Name = i.Name, Type = i.Type!.Value, Shape = shape })];

    /// <summary>Whether the labels are those of natural language inference, which compares two texts.</summary>
    private static bool IsInference(JsonObject? config) => config?["id2label"] is JsonObject labels
        && labels.Any(l => ((string?)l.Value)?.Contains("entail", StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>Whether a model scores how well a document answers a query: a cross-encoder with one value.</summary>
    private bool IsRanker(JsonObject? config, string architecture)
    {
        var labels = (config?["id2label"] as JsonObject)?.Count ?? (int?)config?["num_labels"];
        if (!architecture.EndsWith("ForSequenceClassification", StringComparison.Ordinal) || labels != 1)
        {
            return false;
        }

        if (ActivationOf(config) is not null)
        {
            return true;
        }

        return draft.Setting("task") is null && draft.Ask(new(
            "task", "The model gives one number. Does it score how well a document answers a query (text-ranking), or is it a number "
                + "for a single text (prediction)?",
            ["text-ranking", "prediction"], "text-ranking")) == "text-ranking";
    }

    /// <summary>The activation that sentence-transformers applies to the scores of a cross-encoder.</summary>
    private static string? ActivationOf(JsonObject? config) =>
        (string?)config?["sentence_transformers"]?["activation_fn"] ?? (string?)config?["sbert_ce_default_activation_function"];

    private void Ranking(JsonObject? config)
    {
        var isSigmoid = ActivationOf(config)?.EndsWith("Sigmoid", StringComparison.Ordinal);
        if (isSigmoid is { } known)
        {
            draft.Set("output.activation", known ? "sigmoid" : "none", "config.json: the activation of sentence-transformers");
        }
        else
        {
            draft.Assume("output.activation", "sigmoid", "usual for cross-encoders");
        }
    }
}
