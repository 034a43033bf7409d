using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>A request was rejected because of its content or form.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">A stable error code in snake_case.</param>
/// <param name="message">What was wrong, and what is allowed.</param>
/// <param name="param">The invalid parameter, as the caller named it.</param>
/// <param name="inner">The library's exception, if there was one.</param>
public sealed class RefusedException(
    int status, string code, string message, string? param = null, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;

    public string Code => code;

    public string? Param => param;

    /// <summary>A URI that identifies the problem type.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The policies of <c>RateLimit-Policy</c> that the request would have exceeded.</summary>
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Each error separately, when there can be several.</summary>
    public IReadOnlyList<ProblemFault>? Errors { get; init; }

    /// <summary>The quote of a batch that the budget does not cover.</summary>
    public BatchQuote? Quote { get; init; }

    /// <summary>Returns a 400 error: the request is malformed.</summary>
    public static RefusedException BadRequest(string code, string message, string? param = null, Exception? inner = null) =>
        new(StatusCodes.Status400BadRequest, code, message, param, inner);

    /// <summary>Returns a temporary error; <c>Retry-After</c> says when to try again.</summary>
    public static RefusedException TryAgain(int status, string code, string message, TimeSpan after, string? param = null) =>
        new(status, code, message, param) { Headers = RetryAfter(after) };

    /// <summary>Returns the header <c>Retry-After</c>, in whole seconds.</summary>
    public static Dictionary<string, string> RetryAfter(TimeSpan time) =>
        new() { ["Retry-After"] = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture) };

    /// <summary>Returns a 401 error: the key is missing or does not grant access.</summary>
    /// <param name="code">A stable error code.</param>
    /// <param name="message">What is needed.</param>
    /// <param name="realm">What the key would give access to.</param>
    public static RefusedException Unauthorized(string code, string message, string realm) =>
        new(StatusCodes.Status401Unauthorized, code, message)
        {
            Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = $"Bearer realm=\"{realm}\"" },
        };
}
