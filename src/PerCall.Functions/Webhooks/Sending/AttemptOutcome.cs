namespace PerCall.Functions.Webhooks.Sending;

/// <summary>What came of one attempt.</summary>
public sealed record AttemptOutcome
{
    /// <summary>The HTTP status; null where there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>What went wrong, as far as the status does not say it.</summary>
    public string? Error { get; init; }

    /// <summary>How the answer begins.</summary>
    public string? Response { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>What the receiver asks for, with 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public bool IsDelivered => Status is >= 200 and < 300;

    /// <summary>The receiver is to blame, whatever the event was: it did not answer, or cannot work.</summary>
    public bool IsTargetsFault => Status is null or 408 or 429 or >= 500;

    /// <summary>The receiver wants nothing more, ever.</summary>
    public bool IsGone => Status == 410;
}
