using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Limits;

/// <summary>Refuses requests that exceed the plan's limits.</summary>
public static class LimitRefusals
{
    public const string QuotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded";

    public static RefusedException RateLimited(int quota, TimeSpan retryAfter) => Of(
        "rate_limited",
        $"The plan allows {quota.ToString(CultureInfo.InvariantCulture)} requests in any 60 seconds, and all of them are used; try again "
            + $"in {Seconds(retryAfter)} s.",
        RateLimitFields.Requests,
        retryAfter);

    public static RefusedException TokensLimited(long quota, long tokens, TimeSpan retryAfter) => Of(
        "rate_limited",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The plan allows {quota} tokens in any 60 seconds, and fewer are left than the {tokens} that this call can use (its prompt ")
            + $"and its maximum output); try again in {Seconds(retryAfter)} s.",
        RateLimitFields.Tokens,
        retryAfter);

    /// <summary>Refuses a call that does not fit into any 60 seconds, so trying again does not help.</summary>
    public static RefusedException TooManyTokens(long quota, long tokens) => RefusedException.BadRequest(
        "too_many_tokens",
        string.Create(
            CultureInfo.InvariantCulture,
            $"This call can use {tokens} tokens (its prompt and its maximum output), but the plan allows {quota} tokens in any 60 seconds ")
            + "(tokens_per_minute); shorten the prompt or lower the maximum output.");

    public static RefusedException TooManyConcurrentCalls(int calls) => Of(
        "too_many_concurrent_calls",
        $"The plan allows {calls.ToString(CultureInfo.InvariantCulture)} concurrent calls on one instance, and all of them are running; "
            + "try again when one has ended.",
        RateLimitFields.Concurrency,
        TimeSpan.FromSeconds(1));

    private static RefusedException Of(string code, string message, string policy, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, code, message)
        {
            Type = QuotaExceeded,
            ViolatedPolicies = [policy],
            Headers = new Dictionary<string, string> { ["Retry-After"] = Seconds(retryAfter) },
        };

    private static string Seconds(TimeSpan time) => Math.Max(1, Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
