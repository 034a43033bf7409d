using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>Refusals of work that would have to wait behind too much other work of the tenant.</summary>
internal static class WaitingRefusals
{
    private const string RetryAfter = "10";

    /// <summary>429 with <c>Retry-After</c>.</summary>
    /// <param name="code">A stable name of the fault.</param>
    /// <param name="message">How many wait, and what to do.</param>
    public static RefusedException TooMany(string code, string message) =>
        new(StatusCodes.Status429TooManyRequests, code, message)
        {
            Headers = new Dictionary<string, string> { ["Retry-After"] = RetryAfter },
        };
}
