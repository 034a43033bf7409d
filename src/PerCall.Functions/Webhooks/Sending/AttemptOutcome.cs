namespace PerCall.Functions.Webhooks.Sending;

/// <summary>The outcome of one attempt.</summary>
public sealed record AttemptOutcome
{
    /// <summary>The HTTP status; null: there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>The error, if the status does not show it.</summary>
    public string? Error { get; init; }

    /// <summary>The beginning of the answer's body.</summary>
    public string? Response { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>The receiver's Retry-After, with 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public bool IsDelivered => Status is >= 200 and < 300;

    /// <summary>Whether the receiver is at fault, whatever the event: it did not answer, or it is unable to process requests.</summary>
    public bool IsTargetsFault => Status is null or 408 or 429 or >= 500;

    /// <summary>Whether the receiver answered 410 Gone: it wants no more events.</summary>
    public bool IsGone => Status == 410;
}
