namespace PerCall.Functions.Requests;

/// <summary>
/// A part of the service cannot take the call now. The response is 503 with Retry-After. A slice derives its own exception from this one,
/// so that this slice does not depend on it.
/// </summary>
/// <param name="code">The error code of the response.</param>
/// <param name="detail">The text of the response.</param>
/// <param name="message">The text for the log.</param>
public abstract class UnavailableException(string code, string detail, string message) : Exception(message)
{
    public string Code => code;

    public string Detail => detail;

    /// <summary>When the caller should try again.</summary>
    public TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(1);
}
