namespace PerCall.Functions.Requests;

/// <summary>
/// A part of the service cannot take the call now. The answer is 503, with a Retry-After. A slice derives its own exception from this one,
/// so that this slice need not know it.
/// </summary>
/// <param name="code">The code of the answer.</param>
/// <param name="detail">The text of the answer.</param>
/// <param name="message">The text for the log.</param>
public abstract class UnavailableException(string code, string detail, string message) : Exception(message)
{
    public string Code => code;

    public string Detail => detail;

    /// <summary>When the caller should try again.</summary>
    public TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(1);
}
