using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>What answers the calls of a model.</summary>
public enum ModelBackend
{
    /// <summary>The ONNX graph in the package.</summary>
    [JsonStringEnumMemberName("onnx")]
    Onnx,

    /// <summary>A large model behind an OpenAI-compatible API. The package describes how it is asked.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAi,
}

/// <summary>Element types of tensors.</summary>
public enum TensorType
{
    /// <summary>32-bit IEEE 754.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>16-bit IEEE 754.</summary>
    [JsonStringEnumMemberName("float16")]
    Float16,

    /// <summary>64-bit IEEE 754.</summary>
    [JsonStringEnumMemberName("float64")]
    Float64,

    /// <summary>True or false, one byte each.</summary>
    [JsonStringEnumMemberName("bool")]
    Bool,

    /// <summary>Signed bytes.</summary>
    [JsonStringEnumMemberName("int8")]
    Int8,

    /// <summary>Signed 16-bit integers.</summary>
    [JsonStringEnumMemberName("int16")]
    Int16,

    /// <summary>Signed 32-bit integers.</summary>
    [JsonStringEnumMemberName("int32")]
    Int32,

    /// <summary>Signed 64-bit integers.</summary>
    [JsonStringEnumMemberName("int64")]
    Int64,

    /// <summary>Unsigned bytes.</summary>
    [JsonStringEnumMemberName("uint8")]
    UInt8,

    /// <summary>Unsigned 16-bit integers.</summary>
    [JsonStringEnumMemberName("uint16")]
    UInt16,

    /// <summary>Unsigned 32-bit integers.</summary>
    [JsonStringEnumMemberName("uint32")]
    UInt32,

    /// <summary>Unsigned 64-bit integers.</summary>
    [JsonStringEnumMemberName("uint64")]
    UInt64,

    /// <summary>Unicode strings.</summary>
    [JsonStringEnumMemberName("string")]
    String,
}

/// <summary>The order of an image tensor's dimensions.</summary>
public enum TensorLayout
{
    /// <summary>Batch, channels, height, width.</summary>
    [JsonStringEnumMemberName("NCHW")]
    Nchw,

    /// <summary>Batch, height, width, channels.</summary>
    [JsonStringEnumMemberName("NHWC")]
    Nhwc,
}

/// <summary>How a picture is resized to the model's input size.</summary>
public enum ResizeRule
{
    /// <summary>Width and height are scaled independently.</summary>
    [JsonStringEnumMemberName("stretch")]
    Stretch,

    /// <summary>Scaled to fill the target, then cropped around the centre.</summary>
    [JsonStringEnumMemberName("cover")]
    Cover,

    /// <summary>Scaled to fit into the target, then padded.</summary>
    [JsonStringEnumMemberName("contain")]
    Contain,

    /// <summary>The shortest side is scaled to a given length, then the centre is cropped.</summary>
    [JsonStringEnumMemberName("shortest_side")]
    ShortestSide,
}

/// <summary>How the pixels of a resized picture are computed.</summary>
public enum Resampling
{
    /// <summary>Averages the area that a pixel covers; interpolates linearly where the picture grows. Cuts fractions of pixels.</summary>
    [JsonStringEnumMemberName("area")]
    Area,

    /// <summary>Pillow's triangle.</summary>
    [JsonStringEnumMemberName("bilinear")]
    Bilinear,

    /// <summary>Pillow's cubic convolution.</summary>
    [JsonStringEnumMemberName("bicubic")]
    Bicubic,

    /// <summary>Pillow's windowed sinc of three lobes.</summary>
    [JsonStringEnumMemberName("lanczos")]
    Lanczos,

    /// <summary>The pixel at the centre.</summary>
    [JsonStringEnumMemberName("nearest")]
    Nearest,
}

/// <summary>The channels of an image tensor, in order.</summary>
public enum ColorOrder
{
    /// <summary>Red, green, blue.</summary>
    [JsonStringEnumMemberName("rgb")]
    Rgb,

    /// <summary>Blue, green, red.</summary>
    [JsonStringEnumMemberName("bgr")]
    Bgr,

    /// <summary>One channel of luma (ITU-R BT.601).</summary>
    [JsonStringEnumMemberName("gray")]
    Gray,
}

/// <summary>The function that turns a model's output into scores.</summary>
public enum Activation
{
    /// <summary>Nothing: the tensor's values are the scores.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>exp(x) ÷ Σ exp(x): the model chooses one label.</summary>
    [JsonStringEnumMemberName("softmax")]
    Softmax,

    /// <summary>1 ÷ (1 + exp(−x)): labels apply independently.</summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,
}
