namespace PerCall.Inference.Packages;

/// <summary>
/// The content of <c>model.json</c>, which describes a model package. <c>docs/models.md</c> describes the format.
/// It is partial so that a task's own section can be declared beside the task.
/// </summary>
public sealed partial record ModelManifest
{
    /// <summary>The file's name within a package.</summary>
    public const string FileName = "model.json";

    /// <summary>The version of this format: 1.</summary>
    public required int Schema { get; init; }

    /// <summary>The model's name: lower-case letters, digits and dashes, at most 63 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The version: at most 32 characters. It starts with a digit, so that it cannot be confused with an alias.</summary>
    public required string Version { get; init; }

    /// <summary>The model's task, which determines the pipeline.</summary>
    public required ModelTask Task { get; init; }

    /// <summary>One sentence that describes the model.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of the weights, as an SPDX identifier or a sentence.</summary>
    public required string License { get; init; }

    /// <summary>What answers the calls; default <see cref="ModelBackend.Onnx"/>.</summary>
    public ModelBackend Backend { get; set; } = ModelBackend.Onnx;

    /// <summary>The path of the ONNX file in the package; empty for <see cref="ModelBackend.OpenAi"/>.</summary>
    public string Model { get; set; } = "";

    /// <summary>
    /// The version of the default operator set that the graph imports; optional. If present, it is compared with the graph.
    /// </summary>
    public int? Opset { get; init; }

    /// <summary>All files of the package except <c>model.json</c>, with their SHA-256 hashes in lower-case hex.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>The input tensors, with their names in the ONNX file.</summary>
    public IReadOnlyList<TensorDescription> Inputs { get; set; } = [];

    /// <summary>The output tensors that PerCall reads. Other outputs can be omitted.</summary>
    public IReadOnlyList<TensorDescription> Outputs { get; set; } = [];

    /// <summary>How pixels become the input tensor; for image tasks.</summary>
    public ImageRules? Image { get; init; }

    /// <summary>How texts become the input tensors; for text tasks.</summary>
    public TextRules? Text { get; init; }

    /// <summary>The files and parameters of a recommender; for recommendation.</summary>
    public RecommenderRules? Recommender { get; init; }

    /// <summary>How the output tensors become answers; absent for recommendation.</summary>
    public OutputRules? Output { get; init; }

    /// <summary>How a large model is asked; for <see cref="ModelBackend.OpenAi"/>.</summary>
    public LargeModelRules? LargeModel { get; init; }

    /// <summary>The model that answers inputs with low scores; for classification with an ONNX graph.</summary>
    public FallbackRule? Fallback { get; init; }

    /// <summary>The unit that calls are priced by.</summary>
    public required PriceUnit Unit { get; init; }

    /// <summary>The file of example inputs with expected answers (JSON Lines). They run before the package is published.</summary>
    public string? Golden { get; init; }

    /// <summary>The file of the model card (Markdown).</summary>
    public string? Card { get; init; }

    /// <summary>Limits for running the model.</summary>
    public ModelLimits Limits { get; set; } = new();

    /// <summary>The name and version, as in messages.</summary>
    public override string ToString() => $"{Name}/{Version}";
}

/// <summary>An input or output of the ONNX graph.</summary>
public sealed record TensorDescription
{
    /// <summary>The name in the ONNX graph.</summary>
    public required string Name { get; init; }

    /// <summary>The element type.</summary>
    public required TensorType Type { get; init; }

    /// <summary>The dimensions, outermost first; -1 for a free dimension.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>The order of an image tensor's dimensions.</summary>
    public TensorLayout? Layout { get; init; }
}

/// <summary>
/// How pixels become a tensor: value = (p × scale − mean) ÷ std for p in 0..255, per channel in the order of <see cref="Color"/>.
/// </summary>
public sealed record ImageRules
{
    /// <summary>Target width in pixels; only if the tensor leaves it free.</summary>
    public int? Width { get; init; }

    /// <summary>Target height in pixels; only if the tensor leaves it free.</summary>
    public int? Height { get; init; }

    /// <summary>How the picture is resized to the target size.</summary>
    public required ResizeRule Resize { get; init; }

    /// <summary>
    /// For <see cref="ResizeRule.ShortestSide"/>: the length of the shortest side in pixels before the centre crop. For
    /// <see cref="ResizeRule.Stretch"/>: the length of both sides before the centre crop; null for no crop.
    /// </summary>
    public int? ResizeTo { get; init; }

    /// <summary>How the pixels of the resized picture are computed; default <see cref="Resampling.Area"/>.</summary>
    public Resampling Resample { get; set; } = Resampling.Area;

    /// <summary>
    /// Whether the kernel widens where the picture shrinks, as in Pillow. False for the kernels of OpenCV; allowed only with
    /// <see cref="Resampling.Bilinear"/> and <see cref="Resampling.Bicubic"/>.
    /// </summary>
    public bool Antialias { get; set; } = true;

    /// <summary>The channels, in order.</summary>
    public required ColorOrder Color { get; init; }

    /// <summary>Multiplies every pixel value, before mean and std; default 1.</summary>
    public float Scale { get; set; } = 1;

    /// <summary>Subtracted after scaling: one value, or one per channel; default 0.</summary>
    public IReadOnlyList<float> Mean { get; set; } = [0];

    /// <summary>Divides last: one value, or one per channel; default 1.</summary>
    public IReadOnlyList<float> Std { get; set; } = [1];

    /// <summary>The background colour for transparent pixels, <c>#rrggbb</c>; default white.</summary>
    public string Background { get; set; } = "#ffffff";

    /// <summary>The padding colour of <see cref="ResizeRule.Contain"/>, <c>#rrggbb</c>; default black.</summary>
    public string Pad { get; set; } = "#000000";
}

/// <summary>Limits for running a model on one instance.</summary>
public sealed record ModelLimits
{
    /// <summary>Maximum number of calls waiting for the model, 0 to 10,000. More calls are refused.</summary>
    public int Queue { get; set; } = 64;

    /// <summary>Maximum number of concurrent calls, 1 to 64; one per processor if omitted.</summary>
    public int? Concurrency { get; init; }

    /// <summary>
    /// Maximum number of calls' inputs that run together, 1 to 32; 1: each input runs alone, also those of one call. If omitted, it is
    /// measured when the model is loaded.
    /// </summary>
    public int? Batch { get; init; }

    /// <summary>Maximum time of a run in seconds, 1 to 120. A longer run is stopped, and its call is refused.</summary>
    public int RunSeconds { get; set; } = 30;
}
