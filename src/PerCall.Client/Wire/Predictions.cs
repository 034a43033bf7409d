using System.Text.Json;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/predictions</c>.</summary>
public sealed record CreatePredictionRequest
{
    /// <summary><c>image-classification</c>, <c>text-classification</c> or <c>recommendation</c>.</summary>
    public string? Task { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// The body of the task's single call, without the model. For images also a base64 string; for texts also a string or an array of
    /// strings.
    /// </summary>
    public JsonElement? Input { get; init; }

    /// <summary>An https address that receives an event when the prediction has ended.</summary>
    public string? Webhook { get; init; }
}

/// <summary>A prediction: a call that runs in the background.</summary>
public sealed record Prediction
{
    /// <summary>The prediction's id, which is also the id of its charge.</summary>
    public required string Id { get; init; }

    /// <summary><c>queued</c>, <c>processing</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary>The model as name/version. The version is fixed when the prediction is created.</summary>
    public required string Model { get; init; }

    /// <summary>The response of the single call; absent until the prediction has succeeded, and in lists.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Why the prediction failed.</summary>
    public PredictionError? Error { get; init; }

    /// <summary>When the prediction was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the prediction ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Paths for getting and canceling the prediction.</summary>
    public required PredictionUrls Urls { get; init; }
}

/// <summary>Why a prediction failed.</summary>
/// <param name="Code">The stable error code.</param>
/// <param name="Message">What was wrong, and what is allowed.</param>
public sealed record PredictionError(string Code, string Message);

/// <summary>Paths of a prediction.</summary>
/// <param name="Get">The path for getting it.</param>
/// <param name="Cancel">The path for canceling it.</param>
public sealed record PredictionUrls(string Get, string Cancel);

/// <summary>A page of predictions, newest first.</summary>
/// <param name="Data">The page, without outputs.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record PredictionList(IReadOnlyList<Prediction> Data, bool HasMore);
