using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Limits;

/// <summary>The fields of the IETF's RateLimit draft 11, in the form of RFC 9651.</summary>
public static class RateLimitFields
{
    public const string PolicyField = "RateLimit-Policy";
    public const string LimitField = "RateLimit";
    public const string Requests = "requests";
    public const string Concurrency = "concurrency";

    /// <summary>Says what is allowed and what is left of it.</summary>
    /// <param name="response">Before it has begun.</param>
    /// <param name="terms">The plan.</param>
    /// <param name="account">What is left.</param>
    /// <param name="openAi">Say it in the fields of OpenAI, too.</param>
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

    // Without a window: what is counted is what runs.
    private static string ConcurrencyPolicy(int calls) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{Concurrency}\";q={calls};qu=\"concurrent-requests\"");
}
