using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>How the output tensors become an answer.</summary>
public sealed record OutputRules
{
    /// <summary>The kind of the answer; default <see cref="OutputKind.Labels"/>.</summary>
    public OutputKind Kind { get; set; } = OutputKind.Labels;

    /// <summary>The output tensor with the values; empty for <see cref="ModelBackend.OpenAi"/>.</summary>
    public string Tensor { get; set; } = "";

    /// <summary>The activation that PerCall applies to it; null for <see cref="ModelBackend.OpenAi"/>.</summary>
    public Activation? Activation { get; init; }

    /// <summary>The file with one label per line, UTF-8, in the tensor's order; absent for <see cref="OutputKind.Values"/>.</summary>
    public string? Labels { get; init; }

    /// <summary>
    /// For <see cref="Activation.Sigmoid"/>: the score from which a label applies to the input, one value, or one per label.
    /// </summary>
    public IReadOnlyList<float>? Thresholds { get; init; }

    /// <summary>For <see cref="OutputKind.Values"/>: how a vector per token becomes one vector per input.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>For <see cref="OutputKind.Values"/>: how each vector is scaled.</summary>
    public VectorNorm? Normalize { get; init; }

    /// <summary>For <see cref="OutputKind.Values"/>: lengths to which callers may cut a vector, because it was trained so.</summary>
    public IReadOnlyList<int>? Dimensions { get; init; }

    /// <summary>For <see cref="OutputKind.Values"/>: the names of the values, in order.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>For <see cref="OutputKind.Boxes"/>: the form of the tensors, and which boxes are kept.</summary>
    public BoxRules? Boxes { get; init; }

    /// <summary>The names of all output tensors that the kind reads, <see cref="Tensor"/> first.</summary>
    [JsonIgnore]
    public IEnumerable<string> Tensors => new[] { Tensor, Boxes?.Scores, Boxes?.Classes, Boxes?.Count }.OfType<string>();
}

/// <summary>What a model's answer is.</summary>
public enum OutputKind
{
    /// <summary>Labels with scores.</summary>
    [JsonStringEnumMemberName("labels")]
    Labels,

    /// <summary>Numbers: a regression, a forecast or an embedding.</summary>
    [JsonStringEnumMemberName("values")]
    Values,

    /// <summary>Labelled parts of a text.</summary>
    [JsonStringEnumMemberName("tokens")]
    Tokens,

    /// <summary>Labelled rectangles of a picture.</summary>
    [JsonStringEnumMemberName("boxes")]
    Boxes,

    /// <summary>A label for each pixel of a picture.</summary>
    [JsonStringEnumMemberName("mask")]
    Mask,
}

/// <summary>How a vector per token becomes one vector per text.</summary>
public enum Pooling
{
    /// <summary>The graph has done it.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The first token's vector.</summary>
    [JsonStringEnumMemberName("cls")]
    Cls,

    /// <summary>The mean of the vectors of all tokens, without padding.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}

/// <summary>How a vector is scaled.</summary>
public enum VectorNorm
{
    /// <summary>Not at all.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>To the Euclidean length 1.</summary>
    [JsonStringEnumMemberName("l2")]
    L2,
}

/// <summary>The tensors of a detector, and which of its boxes are kept.</summary>
public sealed record BoxRules
{
    /// <summary>The form of the tensors.</summary>
    public required BoxForm Form { get; init; }

    /// <summary>What the four numbers of a box are; the form's usual ones if omitted.</summary>
    public BoxCorners? Corners { get; init; }

    /// <summary>Whether coordinates are shares of the input's width and height, not pixels; the form's usual unit if omitted.</summary>
    public bool? Relative { get; init; }

    /// <summary>For <see cref="BoxForm.Ssd"/>: the tensor with the scores, [batch, boxes] or [batch, boxes, classes].</summary>
    public string? Scores { get; init; }

    /// <summary>For <see cref="BoxForm.Ssd"/>: the tensor with the class of each box, [batch, boxes]; absent if scores are by class.</summary>
    public string? Classes { get; init; }

    /// <summary>For <see cref="BoxForm.Ssd"/>: the tensor with the number of valid boxes, [batch]; absent if all are.</summary>
    public string? Count { get; init; }

    /// <summary>The number of the first label among the classes: 1 if class 0 is the background. Default 0.</summary>
    public int FirstClass { get; init; }

    /// <summary>Boxes with a lower score are dropped, above 0 and at most 1. Default 0.25.</summary>
    public float Score { get; set; } = 0.25f;

    /// <summary>
    /// Of two boxes of one label whose intersection is more than this share of their union, the one with the lower score is dropped. Above
    /// 0, at most 1; 1 keeps all. Default 0.45.
    /// </summary>
    public float Iou { get; set; } = 0.45f;

    /// <summary>Maximum number of boxes of an answer, 1 to 1000. Default 100.</summary>
    public int Max { get; set; } = 100;
}

/// <summary>Forms of a detector's tensors.</summary>
public enum BoxForm
{
    /// <summary>One tensor [batch, 4 + classes, boxes], or with the last two dimensions exchanged: a box, then a score per class.</summary>
    [JsonStringEnumMemberName("yolo")]
    Yolo,

    /// <summary>Same with one more value after the box, by which each score is multiplied: whether there is an object.</summary>
    [JsonStringEnumMemberName("yolo_objectness")]
    YoloObjectness,

    /// <summary>Boxes [batch, boxes, 4], scores and classes in tensors of their own.</summary>
    [JsonStringEnumMemberName("ssd")]
    Ssd,
}

/// <summary>What the four numbers of a box are.</summary>
public enum BoxCorners
{
    /// <summary>Centre x, centre y, width, height.</summary>
    [JsonStringEnumMemberName("cxcywh")]
    CenterSize,

    /// <summary>Left, top, right, bottom.</summary>
    [JsonStringEnumMemberName("xyxy")]
    LeftTop,

    /// <summary>Top, left, bottom, right.</summary>
    [JsonStringEnumMemberName("yxyx")]
    TopLeft,
}
