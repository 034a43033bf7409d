using System.Text.Json;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/predictions</c>.</summary>
public sealed record CreatePredictionRequest
{
    /// <summary><c>image-classification</c>, <c>text-classification</c> or <c>recommendation</c>.</summary>
    public string? Task { get; init; }

    /// <summary>A model as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>What the task's single call takes as its body, without the model; for images also a string in base64, for texts a string or an array of strings.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>An https address that is told of the end.</summary>
    public string? Webhook { get; init; }
}

/// <summary>A call that is answered later.</summary>
public sealed record Prediction
{
    /// <summary>The prediction's id; its charge's, too.</summary>
    public required string Id { get; init; }

    /// <summary><c>queued</c>, <c>processing</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What is asked of the model.</summary>
    public required string Task { get; init; }

    /// <summary>The model as name/version: the version that the call's name meant when it was taken in.</summary>
    public required string Model { get; init; }

    /// <summary>What the single call would answer; absent until it has succeeded, and in lists.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Why it failed.</summary>
    public PredictionError? Error { get; init; }

    /// <summary>When it was taken in.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Where to ask for it, and where to cancel it.</summary>
    public required PredictionUrls Urls { get; init; }
}

/// <summary>Why a prediction failed.</summary>
/// <param name="Code">A stable name of the fault.</param>
/// <param name="Message">What was wrong, and what is allowed.</param>
public sealed record PredictionError(string Code, string Message);

/// <summary>Paths of a prediction.</summary>
/// <param name="Get">To ask for it.</param>
/// <param name="Cancel">To cancel it.</param>
public sealed record PredictionUrls(string Get, string Cancel);

/// <summary>A page of predictions, newest first.</summary>
/// <param name="Data">The page, without outputs.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record PredictionList(IReadOnlyList<Prediction> Data, bool HasMore);
