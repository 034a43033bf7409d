namespace PerCall.Client.Wire;

/// <summary>An error response: problem details (RFC 9457) with additional members.</summary>
public sealed record Problem
{
    /// <summary>The media type of this record on the wire.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>A URI that identifies the type of problem; <c>about:blank</c> if the status is sufficient.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The title of the problem type.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>What was wrong, and what is allowed.</summary>
    public string? Detail { get; init; }

    /// <summary>A URI that identifies this occurrence.</summary>
    public string? Instance { get; init; }

    /// <summary>The stable error code, in snake_case.</summary>
    public string? Code { get; init; }

    /// <summary>The parameter with the error.</summary>
    public string? Param { get; init; }

    /// <summary>The request's id in logs and traces.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("traceId")]
    public string? TraceId { get; init; }

    /// <summary>With 429: the policies of the header <c>RateLimit-Policy</c> that the request would have violated.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("violated-policies")]
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    /// <summary>The individual errors, if there can be several.</summary>
    public IReadOnlyList<ProblemFault>? Errors { get; init; }

    /// <summary>For a batch that the month's budget does not cover: its quote.</summary>
    public BatchQuote? Quote { get; init; }

    /// <summary>The error in OpenAI's format, on routes for OpenAI's clients.</summary>
    public OpenAiError? Error { get; init; }
}

/// <summary>An error in the format that OpenAI's clients expect.</summary>
/// <param name="Message">What was wrong, and what is allowed.</param>
/// <param name="Type">The type of the error.</param>
/// <param name="Param">The parameter with the error.</param>
/// <param name="Code">The stable error code.</param>
public sealed record OpenAiError(string? Message, string Type, string? Param, string? Code);

/// <summary>One of several errors.</summary>
/// <param name="Where">The location of the error.</param>
/// <param name="Detail">What is wrong there.</param>
public sealed record ProblemFault(string Where, string Detail);

/// <summary>The answer of the health endpoints.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unavailable</c>.</param>
/// <param name="Detail">Why it is unavailable.</param>
public sealed record HealthResponse(string Status, string? Detail = null);
