using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>Allows only the operator to call <c>/manage</c>, and checks this before it reads anything else of the request.</summary>
public sealed class OperatorMiddleware(OperatorKey key, FunctionRoutes routes, FailedKeys failed) : IFunctionsWorkerMiddleware
{
    private const string Realm = "percall-manage";

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && routes.Find(context.FunctionDefinition.Name) is { IsManagement: true })
        {
            var started = Stopwatch.GetTimestamp();
            Check(http.Request);
            ServerTiming.Of(http).Add("auth", Stopwatch.GetElapsedTime(started));
        }

        return next(context);
    }

    private void Check(HttpRequest request)
    {
        if (!key.IsSet)
        {
            throw new RefusedException(
                StatusCodes.Status403Forbidden, "management_closed", $"Management is disabled, because {OperatorKey.Setting} is not set.");
        }

        if (SentKey.From(request) is not { } given)
        {
            throw RefusedException.Unauthorized(
                "missing_key",
                "The operator's key is missing; send it as 'Authorization: Bearer <key>', 'api-key: <key>' or 'x-api-key: <key>'.", Realm);
        }

        if (!key.Matches(given))
        {
            throw failed.Count(request, RefusedException.Unauthorized("wrong_key", "Invalid operator key.", Realm));
        }
    }
}
