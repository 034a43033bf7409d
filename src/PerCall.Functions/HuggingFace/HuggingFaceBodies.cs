using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Client.Wire;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Inference.Tables;

namespace PerCall.Functions.HuggingFace;

/// <summary>The members that a body of any task may have.</summary>
public sealed record BodyMembers
{
    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType Inputs { get; init; }

    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType Parameters { get; init; }

    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType Options { get; init; }

    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType Normalize { get; init; }

    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType Truncate { get; init; }

    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType Dimensions { get; init; }

    [JsonConverter(typeof(KindOfValue))]
    public JsonTokenType EncodingFormat { get; init; }
}

/// <summary>The parameters of a task that has none.</summary>
public sealed record NoParameters;

/// <summary>The body for classification of texts.</summary>
public sealed record ClassifyTextsBody
{
    [JsonConverter(typeof(GivenTextsConverter))]
    public GivenTexts? Inputs { get; init; }

    public ClassifyTextsParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record ClassifyTextsParameters
{
    public int? TopK { get; init; }

    public string? FunctionToApply { get; init; }

    public IReadOnlyList<string>? CandidateLabels { get; init; }

    public string? HypothesisTemplate { get; init; }

    public bool? MultiLabel { get; init; }
}

/// <summary>The body for labelled parts of texts.</summary>
public sealed record LabelTokensBody
{
    [JsonConverter(typeof(GivenTextsConverter))]
    public GivenTexts? Inputs { get; init; }

    public LabelTokensParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record LabelTokensParameters
{
    public string? AggregationStrategy { get; init; }

    public IReadOnlyList<string>? IgnoreLabels { get; init; }
}

/// <summary>The body for vectors of texts.</summary>
public sealed record EmbedTextsBody
{
    [JsonConverter(typeof(GivenTextsConverter))]
    public GivenTexts? Inputs { get; init; }

    public NoParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }

    public bool? Normalize { get; init; }

    public bool? Truncate { get; init; }

    public int? Dimensions { get; init; }

    public string? EncodingFormat { get; init; }
}

/// <summary>The body for the similarity of sentences.</summary>
public sealed record CompareSentencesBody
{
    public SentenceInputs? Inputs { get; init; }

    public NoParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record SentenceInputs
{
    public string? SourceSentence { get; init; }

    public IReadOnlyList<string>? Sentences { get; init; }
}

/// <summary>The body for classification of a picture, as JSON.</summary>
public sealed record ClassifyPictureBody
{
    [JsonConverter(typeof(RentedBase64))]
    public (byte[] Rented, int Length)? Inputs { get; init; }

    public ClassifyPictureParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record ClassifyPictureParameters
{
    public int? TopK { get; init; }

    public string? FunctionToApply { get; init; }
}

/// <summary>The body for objects in a picture, as JSON.</summary>
public sealed record DetectObjectsBody
{
    [JsonConverter(typeof(RentedBase64))]
    public (byte[] Rented, int Length)? Inputs { get; init; }

    public DetectObjectsParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record DetectObjectsParameters
{
    public float? Threshold { get; init; }
}

/// <summary>The body for the pixels of labels in a picture, as JSON.</summary>
public sealed record SegmentPictureBody
{
    [JsonConverter(typeof(RentedBase64))]
    public (byte[] Rented, int Length)? Inputs { get; init; }

    public SegmentPictureParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record SegmentPictureParameters
{
    public string? Subtask { get; init; }
}

/// <summary>The body for rows of a table.</summary>
public sealed record PredictTableBody
{
    public TableInputs? Inputs { get; init; }

    public NoParameters? Parameters { get; init; }

    public HuggingFaceOptions? Options { get; init; }
}

public sealed record TableInputs
{
    [JsonConverter(typeof(TableColumns))]
    public IReadOnlyList<TableRow>? Data { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16)]
[JsonSerializable(typeof(BodyMembers))]
[JsonSerializable(typeof(ClassifyTextsBody))]
[JsonSerializable(typeof(LabelTokensBody))]
[JsonSerializable(typeof(EmbedTextsBody))]
[JsonSerializable(typeof(CompareSentencesBody))]
[JsonSerializable(typeof(ClassifyPictureBody))]
[JsonSerializable(typeof(DetectObjectsBody))]
[JsonSerializable(typeof(SegmentPictureBody))]
[JsonSerializable(typeof(PredictTableBody))]
public sealed partial class HuggingFaceJson : JsonSerializerContext
{
    /// <inheritdoc cref="RequestJson"/>
    public static HuggingFaceJson Strict => field ??= new(RequestJson.Strict(Default));
}
