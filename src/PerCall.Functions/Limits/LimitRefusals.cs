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
