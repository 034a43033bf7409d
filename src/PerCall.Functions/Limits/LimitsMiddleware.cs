using System.Diagnostics;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Limits;

/// <summary>Limits callers to the requests per minute and the concurrent calls that their plans allow.</summary>
public sealed class LimitsMiddleware(LimitedAccounts accounts, FunctionRoutes routes) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        context.GetHttpContext() is { } http && Caller.Of(http) is { } caller
            ? LimitAsync(http, caller, routes.Find(context.FunctionDefinition.Name) is { IsOpenAi: true }, () => next(context))
            : next(context);

    private async Task LimitAsync(HttpContext http, Caller caller, bool openAi, Func<Task> next)
    {
        var account = accounts.Of(caller);
        TokenLimits.Note(http, openAi);
        using var running = account.Concurrency.AttemptAcquire();
        if (!running.IsAcquired)
        {
            RateLimitFields.Write(http.Response, caller.Terms, account, openAi);
            throw LimitRefusals.TooManyConcurrentCalls(account.ConcurrentCalls);
        }

        using var admitted = account.Rate is { } rate ? await AcquireAsync(rate, http) : null;
        RateLimitFields.Write(http.Response, caller.Terms, account, openAi);
        if (admitted is { IsAcquired: false })
        {
            admitted.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter);
            throw LimitRefusals.RateLimited(caller.Terms.RequestsPerMinute ?? 0, retryAfter);
        }

        await next();
    }

    private static async ValueTask<RateLimitLease> AcquireAsync(RateLimiter rate, HttpContext http)
    {
        var pending = rate.AcquireAsync(1, http.RequestAborted);
        if (pending.IsCompleted)
        {
            return await pending;
        }

        var started = Stopwatch.GetTimestamp();
        var lease = await pending;
        ServerTiming.Of(http).Add("limits", Stopwatch.GetElapsedTime(started));
        return lease;
    }
}
