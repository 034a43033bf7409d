using System.Text.Json;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /models/{model}</c> and <c>POST /pipeline/{task}/{model}</c>, as Hugging Face's clients send it.</summary>
public sealed record HuggingFaceRequest
{
    /// <summary>
    /// The inputs, in the form of the model's task: a text or several, a picture in base64, a sentence with those to compare it with, or a
    /// table.
    /// </summary>
    public JsonElement? Inputs { get; init; }

    /// <summary>What the call asks of the answer. The members depend on the task.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Options that the clients send.</summary>
    public HuggingFaceOptions? Options { get; init; }

    /// <summary>For feature extraction: whether vectors have the length 1. Only the model's own form is allowed.</summary>
    public bool? Normalize { get; init; }

    /// <summary>For feature extraction: whether long texts are cut. Only <c>true</c> is allowed.</summary>
    public bool? Truncate { get; init; }

    /// <summary>For feature extraction: length of the vectors, if the model allows shorter ones.</summary>
    public int? Dimensions { get; init; }

    /// <summary>For feature extraction: only <c>float</c>.</summary>
    public string? EncodingFormat { get; init; }
}

/// <summary>Options of a call. They have no effect: see each of them.</summary>
public sealed record HuggingFaceOptions
{
    /// <summary>Answers are not cached, so every call runs the model.</summary>
    public bool? UseCache { get; init; }

    /// <summary>A call always waits until its model is loaded.</summary>
    public bool? WaitForModel { get; init; }
}

/// <summary>An error of the routes under <c>/models</c> and <c>/pipeline</c>.</summary>
/// <param name="Error">What was wrong, and what is allowed.</param>
/// <param name="EstimatedTime">With status 503: seconds after which the call may succeed.</param>
public sealed record HuggingFaceError(string Error, double? EstimatedTime = null);

/// <summary>A labelled part of a text.</summary>
/// <param name="EntityGroup">The label.</param>
/// <param name="Score">The score.</param>
/// <param name="Word">The part.</param>
/// <param name="Start">Where it starts in the text, in Unicode scalar values.</param>
/// <param name="End">Where it ends; the character at this position is not in it.</param>
public sealed record HuggingFaceEntity(string EntityGroup, float Score, string Word, int Start, int End);

/// <summary>An object in a picture.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The score.</param>
/// <param name="Box">Where it is.</param>
public sealed record HuggingFaceObject(string Label, float Score, HuggingFaceBox Box);

/// <summary>A rectangle in whole pixels of the upright picture.</summary>
/// <param name="Xmin">The left edge.</param>
/// <param name="Ymin">The top edge.</param>
/// <param name="Xmax">The right edge.</param>
/// <param name="Ymax">The bottom edge.</param>
public sealed record HuggingFaceBox(int Xmin, int Ymin, int Xmax, int Ymax);

/// <summary>The pixels of one label.</summary>
/// <param name="Label">The label.</param>
/// <param name="Mask">A grey PNG of 8 bits, as large as the upright picture: 255 for the label's pixels, 0 for all others.</param>
public sealed record HuggingFaceSegment(string Label, byte[] Mask);
