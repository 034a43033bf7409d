using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Limits;

/// <summary>Writes the fields of the IETF's RateLimit draft 11, in the syntax of RFC 9651.</summary>
public static class RateLimitFields
{
    public const string PolicyField = "RateLimit-Policy";
    public const string LimitField = "RateLimit";
    public const string Requests = "requests";
    public const string Concurrency = "concurrency";

    /// <summary>Writes the limits and the remaining permits.</summary>
    /// <param name="response">The response, not started yet.</param>
    /// <param name="terms">The caller's plan.</param>
    /// <param name="account">The account's limits on this instance.</param>
    /// <param name="openAi">Whether to write OpenAI's fields too.</param>
    public static void Write(HttpResponse response, PlanTerms terms, AccountLimits account, bool openAi)
    {
        response.Headers[PolicyField] = Policies(terms, account);
        if (account.Rate is { } rate)
        {
            var state = rate.State();
            if (openAi)
            {
                response.Headers["x-ratelimit-limit-requests"] = rate.Quota.ToString(CultureInfo.InvariantCulture);
                response.Headers["x-ratelimit-remaining-requests"] = state.Remaining.ToString(CultureInfo.InvariantCulture);
                response.Headers["x-ratelimit-reset-requests"] = string.Create(
                    CultureInfo.InvariantCulture, $"{Math.Ceiling(state.UntilFree.TotalSeconds):0}s");
            }

            response.Headers[LimitField] = string.Create(
                CultureInfo.InvariantCulture, $"\"{Requests}\";r={state.Remaining};t={Math.Ceiling(state.UntilFree.TotalSeconds):0}");
        }
    }

    private static string Policies(PlanTerms terms, AccountLimits account) => terms.RequestsPerMinute is { } requests
        ? $"{RequestPolicy(requests)}, {ConcurrencyPolicy(account.ConcurrentCalls)}"
        : ConcurrencyPolicy(account.ConcurrentCalls);

    private static string RequestPolicy(int quota) => string.Create(CultureInfo.InvariantCulture, $"\"{Requests}\";q={quota};w=60");

    // Without a window, because running calls are counted.
    private static string ConcurrencyPolicy(int calls) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{Concurrency}\";q={calls};qu=\"concurrent-requests\"");
}
