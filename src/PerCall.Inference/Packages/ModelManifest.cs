namespace PerCall.Inference.Packages;

/// <summary>
/// What <c>model.json</c> says: the one description of a model package. See <c>docs/models.md</c> for the format in prose.
/// It is partial so that a task's own section can be declared beside the task.
/// </summary>
public sealed partial record ModelManifest
{
    /// <summary>The file's name within a package.</summary>
    public const string FileName = "model.json";

    /// <summary>The version of this format; 1.</summary>
    public required int Schema { get; init; }

    /// <summary>Lower-case letters, digits and dashes; at most 63 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Starts with a digit, so that it cannot be taken for an alias; at most 32 characters.</summary>
    public required string Version { get; init; }

    /// <summary>What the model is for; decides which pipeline runs it.</summary>
    public required ModelTask Task { get; init; }

    /// <summary>One sentence for the person who chooses a model.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of the weights, as an SPDX identifier or a sentence.</summary>
    public required string License { get; init; }

    /// <summary>The ONNX file, relative to the package.</summary>
    public required string Model { get; init; }

    /// <summary>The version of the default operator set that the graph imports, where the manifest says it; it is then held against the graph.</summary>
    public int? Opset { get; init; }

    /// <summary>Every file of the package but <c>model.json</c>, with its SHA-256 in lower-case hex.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>The tensors that the model takes, each by the name it has in the ONNX file.</summary>
    public required IReadOnlyList<TensorDescription> Inputs { get; init; }

    /// <summary>The tensors that PerCall reads from the model; others that it has may be left out.</summary>
    public required IReadOnlyList<TensorDescription> Outputs { get; init; }

    /// <summary>How pixels become the input tensor; for image tasks.</summary>
    public ImageRules? Image { get; init; }

    /// <summary>How texts become the input tensors; for text tasks.</summary>
    public TextRules? Text { get; init; }

    /// <summary>What lies beside the graph of a recommender; for recommendation.</summary>
    public RecommenderRules? Recommender { get; init; }

    /// <summary>How the output tensor becomes labels and scores; for classification.</summary>
    public OutputRules? Output { get; init; }

    /// <summary>The unit that calls are priced by.</summary>
    public required PriceUnit Unit { get; init; }

    /// <summary>JSON Lines of inputs with the answers expected of them, run before a package is published.</summary>
    public string? Golden { get; init; }

    /// <summary>The model card, Markdown.</summary>
    public string? Card { get; init; }

    /// <summary>Bounds on how the model is run.</summary>
    public ModelLimits Limits { get; set; } = new();

    /// <summary>The name and version, as messages give them.</summary>
    public override string ToString() => $"{Name}/{Version}";
}

/// <summary>One input or output of the ONNX graph.</summary>
public sealed record TensorDescription
{
    /// <summary>The name in the ONNX graph.</summary>
    public required string Name { get; init; }

    /// <summary>The element type.</summary>
    public required TensorType Type { get; init; }

    /// <summary>Dimensions, outermost first; -1 is a free one.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>The order of an image tensor's dimensions.</summary>
    public TensorLayout? Layout { get; init; }
}

/// <summary>How pixels become a tensor: value = (p × scale − mean) ÷ std for p in 0..255, per channel in the order of <see cref="Color"/>.</summary>
public sealed record ImageRules
{
    /// <summary>Target width in pixels; only where the tensor leaves it free.</summary>
    public int? Width { get; init; }

    /// <summary>Target height in pixels; only where the tensor leaves it free.</summary>
    public int? Height { get; init; }

    /// <summary>How the picture is brought to the target's size.</summary>
    public required ResizeRule Resize { get; init; }

    /// <summary>For <see cref="ResizeRule.ShortestSide"/>: the length that the shortest side gets before the centre is cut out.</summary>
    public int? ResizeTo { get; init; }

    /// <summary>The channels, in order.</summary>
    public required ColorOrder Color { get; init; }

    /// <summary>Multiplies every pixel value, before mean and std; default 1.</summary>
    public float Scale { get; set; } = 1;

    /// <summary>Subtracted after scaling: one value, or one per channel; default 0.</summary>
    public IReadOnlyList<float> Mean { get; set; } = [0];

    /// <summary>Divides last: one value, or one per channel; default 1.</summary>
    public IReadOnlyList<float> Std { get; set; } = [1];

    /// <summary>What transparency is laid over, <c>#rrggbb</c>; default white.</summary>
    public string Background { get; set; } = "#ffffff";

    /// <summary>What <see cref="ResizeRule.Contain"/> fills the rest with, <c>#rrggbb</c>; default black.</summary>
    public string Pad { get; set; } = "#000000";
}

/// <summary>How the output tensor becomes an answer.</summary>
public sealed record OutputRules
{
    /// <summary>The output that holds one value per label.</summary>
    public required string Tensor { get; init; }

    /// <summary>What PerCall still has to apply to it.</summary>
    public required Activation Activation { get; init; }

    /// <summary>The file with one label per line, UTF-8, in the tensor's order.</summary>
    public required string Labels { get; init; }

    /// <summary>For <see cref="Activation.Sigmoid"/>: the score from which a label applies to the input, one value, or one per label.</summary>
    public IReadOnlyList<float>? Thresholds { get; init; }
}

/// <summary>Bounds on how one model is run on one instance.</summary>
public sealed record ModelLimits
{
    /// <summary>Calls that may wait for the model; more are refused. 0 to 10,000.</summary>
    public int Queue { get; set; } = 64;

    /// <summary>Calls that run at once; one per processor where it is left out. 1 to 64.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Seconds that one run of the graph may take; it is ended then, and the call refused. 1 to 120.</summary>
    public int RunSeconds { get; set; } = 30;
}
