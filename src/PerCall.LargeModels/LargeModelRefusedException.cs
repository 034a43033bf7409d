namespace PerCall.LargeModels;

/// <summary>A call on a large model was refused: by its content, or because no deployment could answer it.</summary>
/// <param name="status">The HTTP status for the caller.</param>
/// <param name="code">A stable error code in snake_case.</param>
/// <param name="message">What was wrong, and what is allowed.</param>
/// <param name="param">The invalid field, as a path, for example <c>messages[0].content</c>; null: no field.</param>
/// <param name="inner">The cause, if there was one.</param>
public sealed class LargeModelRefusedException(
    int status, string code, string message, string? param = null, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;

    public string Code => code;

    public string? Param => param;

    /// <summary>When to try again; null: unknown, or trying again does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
