using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>
/// Allows only operators' keys to call <c>/manage</c>, each within its roles. Checks this before it reads anything else of the request.
/// </summary>
public sealed class OperatorMiddleware(
    OperatorKey key, OperatorDirectory directory, OperatorRefusals refusals, FunctionRoutes routes, FailedKeys failed)
    : IFunctionsWorkerMiddleware
{
    private const string Realm = "percall-manage";

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && routes.Find(context.FunctionDefinition.Name) is { IsManagement: true } route)
        {
            var started = Stopwatch.GetTimestamp();
            (await AdmitAsync(http, route)).AttachTo(http);
            ServerTiming.Of(http).Add("auth", Stopwatch.GetElapsedTime(started));
        }

        await next(context);
    }

    private async ValueTask<Operator> AdmitAsync(HttpContext http, FunctionRoute route)
    {
        if (!key.IsSet)
        {
            throw new RefusedException(
                StatusCodes.Status403Forbidden, "management_closed", $"Management is disabled, because {OperatorKey.Setting} is not set.");
        }

        if (SentKey.From(http.Request) is not { } given)
        {
            throw RefusedException.Unauthorized(
                "missing_key",
                "The operator's key is missing; send it as 'Authorization: Bearer <key>', 'api-key: <key>' or 'x-api-key: <key>'.", Realm);
        }

        if ((key.Find(given) ?? await directory.FindAsync(given, http.RequestAborted)) is not { } found)
        {
            refusals.Count(
                new(OperatorRefusals.Unknown, http.TraceIdentifier), OperatorRefusals.WrongKey,
                $"address/{failed.AddressOf(http.Request)}");
            throw failed.Count(http.Request, RefusedException.Unauthorized("wrong_key", "Invalid operator key.", Realm));
        }

        if ((found.Roles & route.OperatorRoles) != OperatorRoles.None)
        {
            return found;
        }

        refusals.Count(
            new(found.ActorName, http.TraceIdentifier), OperatorRefusals.MissingRole, $"route/{http.Request.Method} /{route.Template}");
        throw OperatorRoleNames.Missing(route.OperatorRoles, found.Roles);
    }
}
