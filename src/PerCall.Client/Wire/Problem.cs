namespace PerCall.Client.Wire;

/// <summary>A refusal: problem details of RFC 9457, with PerCall's own members.</summary>
public sealed record Problem
{
    /// <summary>The media type of this record on the wire.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>An address that names the kind of problem; <c>about:blank</c> where the status says it all.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The kind of problem in words.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>What was wrong, and what is allowed.</summary>
    public string? Detail { get; init; }

    /// <summary>This one occurrence.</summary>
    public string? Instance { get; init; }

    /// <summary>A stable name of the fault in snake_case.</summary>
    public string? Code { get; init; }

    /// <summary>The parameter at fault.</summary>
    public string? Param { get; init; }

    /// <summary>What to search logs and traces for.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("traceId")]
    public string? TraceId { get; init; }

    /// <summary>With 429: the policies of the field <c>RateLimit-Policy</c> that the request would have broken.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("violated-policies")]
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    /// <summary>Each fault by itself, where there can be several.</summary>
    public IReadOnlyList<ProblemFault>? Errors { get; init; }

    /// <summary>Of a batch that the month's budget does not cover: what it would be and cost.</summary>
    public BatchQuote? Quote { get; init; }

    /// <summary>The same once more for OpenAI's clients, on their routes.</summary>
    public OpenAiError? Error { get; init; }
}

/// <summary>A refusal as OpenAI's clients look for it.</summary>
/// <param name="Message">What was wrong, and what is allowed.</param>
/// <param name="Type">The kind of fault.</param>
/// <param name="Param">The parameter at fault.</param>
/// <param name="Code">A stable name of the fault.</param>
public sealed record OpenAiError(string? Message, string Type, string? Param, string? Code);

/// <summary>One of several faults.</summary>
/// <param name="Where">The place of the fault.</param>
/// <param name="Detail">What is wrong there.</param>
public sealed record ProblemFault(string Where, string Detail);

/// <summary>The answer of the health endpoints.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unavailable</c>.</param>
/// <param name="Detail">Why it is unavailable.</param>
public sealed record HealthResponse(string Status, string? Detail = null);
