using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>A request that is refused for what it asks or how it asks it.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">A stable name of the fault in snake_case.</param>
/// <param name="message">What was wrong, and what is allowed.</param>
/// <param name="param">The parameter at fault, as the caller named it.</param>
/// <param name="inner">The fault of the library below, if one reported it.</param>
public sealed class RefusedException(
    int status, string code, string message, string? param = null, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;

    public string Code => code;

    public string? Param => param;

    /// <summary>An address that names the kind of problem.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The policies of <c>RateLimit-Policy</c> that the request would have broken.</summary>
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Each fault by itself, where there can be several.</summary>
    public IReadOnlyList<ProblemFault>? Errors { get; init; }

    /// <summary>Of a batch that the budget does not cover: what it would be and cost.</summary>
    public BatchQuote? Quote { get; init; }

    /// <summary>400: the call is not of its form.</summary>
    public static RefusedException BadRequest(string code, string message, string? param = null, Exception? inner = null) =>
        new(StatusCodes.Status400BadRequest, code, message, param, inner);

    /// <summary>A refusal that passes: <c>Retry-After</c> says when.</summary>
    public static RefusedException TryAgain(int status, string code, string message, TimeSpan after, string? param = null) =>
        new(status, code, message, param) { Headers = RetryAfter(after) };

    /// <summary>The header that says after how long to ask again, in whole seconds.</summary>
    public static Dictionary<string, string> RetryAfter(TimeSpan time) =>
        new() { ["Retry-After"] = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture) };

    /// <summary>401: no key, or none that opens this.</summary>
    /// <param name="code">A stable name of the fault.</param>
    /// <param name="message">What is needed.</param>
    /// <param name="realm">What the key would be for.</param>
    public static RefusedException Unauthorized(string code, string message, string realm) =>
        new(StatusCodes.Status401Unauthorized, code, message)
    {
        Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = $"Bearer realm=\"{realm}\"" },
    };
}
