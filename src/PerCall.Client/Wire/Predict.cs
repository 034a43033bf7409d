using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>
/// The body of <c>POST /v1/predict</c>: one of <see cref="Input"/>, <see cref="Pairs"/>, <see cref="Image"/> and <see cref="Rows"/>, as the
/// model needs it.
/// </summary>
public sealed record PredictRequest
{
    /// <summary>For a model of texts: one text, or up to 256: a string or an array of strings.</summary>
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>For a model of pairs of texts: 1 to 256 pairs.</summary>
    public IReadOnlyList<TextPair>? Pairs { get; init; }

    /// <summary>For a model of pictures: a picture in base64.</summary>
    public byte[]? Image { get; init; }

    /// <summary>For a model of tables: 1 to 1,000 rows, each an object with a value for each column.</summary>
    public IReadOnlyList<JsonElement>? Rows { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>Number of labels to return for each input, for models that give labels; 5 if omitted.</summary>
    public int? TopK { get; init; }
}

/// <summary>The body of <c>POST /v1/tables/predict</c>.</summary>
public sealed record PredictTableRequest
{
    /// <summary>1 to 1,000 rows, each an object with a value for each column of the model.</summary>
    public IReadOnlyList<JsonElement>? Rows { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>Number of labels to return for each row, for models that give labels; 5 if omitted.</summary>
    public int? TopK { get; init; }
}

/// <summary>The body of <c>POST /v1/text/tokens</c>.</summary>
public sealed record LabelTokensRequest
{
    /// <summary>One text, or up to 256: a string or an array of strings.</summary>
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }
}

/// <summary>The body of <c>POST /v1/images/detect</c> and <c>POST /v1/images/segment</c>, as JSON.</summary>
public sealed record FindInImageRequest
{
    /// <summary>The picture in base64.</summary>
    public byte[]? Image { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }
}

/// <summary>Two texts that a model reads together.</summary>
/// <param name="Text">The first text.</param>
/// <param name="Pair">The second text.</param>
public sealed record TextPair(string Text, string Pair);

/// <summary>A model's answers to the inputs of a call.</summary>
public sealed record PredictResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>For a model that gives values: their names, if it has names for them.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>One result for each input, in the order of the inputs.</summary>
    public required IReadOnlyList<PredictResult> Results { get; init; }

    /// <summary>The number of characters and tokens read; absent for models that read no texts.</summary>
    public TextUsage? Usage { get; init; }
}

/// <summary>A model's answer to one input. Which members it has depends on the model's output kind.</summary>
public sealed record PredictResult
{
    /// <summary>The index of the input in the call, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>For output kind labels: labels and scores, best first.</summary>
    public IReadOnlyList<LabelScore>? Predictions { get; init; }

    /// <summary>For a model whose labels apply independently: labels whose score reaches their threshold, best first.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>For output kind values: the values.</summary>
    public IReadOnlyList<float>? Values { get; init; }

    /// <summary>For output kind tokens: the labelled parts of the text, in their order in it.</summary>
    public IReadOnlyList<TextEntity>? Entities { get; init; }

    /// <summary>For output kind boxes: the objects, best first.</summary>
    public IReadOnlyList<FoundObject>? Objects { get; init; }

    /// <summary>For output kind mask: the labels that the mask has, the one with the most pixels first.</summary>
    public IReadOnlyList<MaskClass>? Classes { get; init; }

    /// <summary>
    /// For output kind mask: a grey PNG of 8 bits, as large as the picture, whose values are the indexes of labels; 255 where the model did
    /// not see the picture.
    /// </summary>
    public byte[]? Mask { get; init; }

    /// <summary>For output kinds boxes and mask: the width of the upright picture in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>For output kinds boxes and mask: the height of the upright picture in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>For texts: whether the text was cut, so that the model saw only a part of it.</summary>
    public bool? Truncated { get; init; }
}

/// <summary>A labelled part of a text.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The score.</param>
/// <param name="Text">The part.</param>
/// <param name="Start">Where it starts in the text, in UTF-16 units.</param>
/// <param name="End">Where it ends; the unit at this position is not in it.</param>
public sealed record TextEntity(string Label, float Score, string Text, int Start, int End);

/// <summary>An object in a picture.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The score.</param>
/// <param name="Box">Where it is.</param>
public sealed record FoundObject(string Label, float Score, PixelBox Box);

/// <summary>A rectangle in pixels of the upright picture. It is within the picture.</summary>
/// <param name="X">The left edge.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
public sealed record PixelBox(float X, float Y, float Width, float Height);

/// <summary>A label of a mask.</summary>
/// <param name="Label">The label.</param>
/// <param name="Index">Its value in the mask.</param>
/// <param name="Pixels">Number of pixels with the label.</param>
/// <param name="Share">Their share of all pixels of the picture.</param>
public sealed record MaskClass(string Label, int Index, long Pixels, double Share);
