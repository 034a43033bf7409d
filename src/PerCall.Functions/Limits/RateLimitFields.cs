using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Limits;

/// <summary>Writes the fields of the IETF's RateLimit draft 11, in the syntax of RFC 9651.</summary>
public static class RateLimitFields
{
    public const string PolicyField = "RateLimit-Policy";
    public const string LimitField = "RateLimit";
    public const string Requests = "requests";
    public const string Tokens = "tokens";
    public const string Concurrency = "concurrency";

    /// <summary>Writes the limits and the remaining permits.</summary>
    /// <param name="response">The response, not started yet.</param>
    /// <param name="terms">The caller's plan.</param>
    /// <param name="account">The account's limits on this instance.</param>
    /// <param name="openAi">Whether to write OpenAI's fields too.</param>
    public static void Write(HttpResponse response, PlanTerms terms, AccountLimits account, bool openAi)
    {
        response.Headers[PolicyField] = Policies(terms, account);
        var requests = account.Rate is { } rate ? Left(response, Requests, rate, openAi) : null;
        var tokens = account.Tokens is { } limiter ? Left(response, Tokens, limiter, openAi) : null;
        if ((requests ?? tokens) is { } left)
        {
            response.Headers[LimitField] = requests is null || tokens is null ? left : $"{requests}, {tokens}";
        }
    }

    private static string Left(HttpResponse response, string policy, LeasedRateLimiter limiter, bool openAi)
    {
        var state = limiter.State();
        if (openAi)
        {
            response.Headers[$"x-ratelimit-limit-{policy}"] = limiter.Quota.ToString(CultureInfo.InvariantCulture);
            response.Headers[$"x-ratelimit-remaining-{policy}"] = state.Remaining.ToString(CultureInfo.InvariantCulture);
            response.Headers[$"x-ratelimit-reset-{policy}"] = string.Create(
                CultureInfo.InvariantCulture, $"{Math.Ceiling(state.UntilFree.TotalSeconds):0}s");
        }

        return string.Create(
            CultureInfo.InvariantCulture, $"\"{policy}\";r={state.Remaining};t={Math.Ceiling(state.UntilFree.TotalSeconds):0}");
    }

    private static string Policies(PlanTerms terms, AccountLimits account) =>
        (terms.RequestsPerMinute is { } requests ? RatePolicy(Requests, requests) + ", " : "")
        + (terms.TokensPerMinute is { } tokens ? RatePolicy(Tokens, tokens) + ", " : "")
        + ConcurrencyPolicy(account.ConcurrentCalls);

    private static string RatePolicy(string policy, long quota) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{policy}\";q={quota};w=60");

    // Without a window, because running calls are counted.
    private static string ConcurrencyPolicy(int calls) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{Concurrency}\";q={calls};qu=\"concurrent-requests\"");
}
