namespace PerCall.Functions.Requests;

/// <summary>A part of the service cannot take the call now. A slice derives its own from this, so that requests need not know the slice. The answer is 503, to be tried again.</summary>
/// <param name="code">The code of the answer.</param>
/// <param name="detail">The text of the answer.</param>
/// <param name="message">The text for the log.</param>
internal abstract class UnavailableException(string code, string detail, string message) : Exception(message)
{
    public string Code => code;

    public string Detail => detail;

    /// <summary>When the caller should try again.</summary>
    public TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(1);
}
