using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Keys;

namespace PerCall.Functions.Tenancy;

/// <summary>
/// Allows only tenants' keys to call tenants' routes (<c>/v1</c>, <c>/v2/models</c>, <c>/models</c>, <c>/pipeline</c>), before anything
/// else of the request is read, and sets the request's caller.
/// </summary>
public sealed class TenancyMiddleware(
    CallerDirectory callers, FunctionRoutes routes, FailedKeys failed, IOptions<TenancyOptions> options, TimeProvider time)
    : IFunctionsWorkerMiddleware
{
    private const string Realm = "percall";

    private readonly FrozenDictionary<string, KeyRoles> _needed = options.Value.Open
        ? FrozenDictionary<string, KeyRoles>.Empty
        : routes.All.Where(r => r.IsTenants).ToFrozenDictionary(
            r => r.Name, r => r.Method.GetCustomAttribute<NeedsRoleAttribute>()?.Roles ?? KeyRoles.Call, StringComparer.Ordinal);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (_needed.TryGetValue(context.FunctionDefinition.Name, out var needed) && context.GetHttpContext() is { } http)
        {
            var arrival = time.GetTimestamp();
            var caller = await AdmitAsync(http, needed, arrival);
            caller.AttachTo(http);
            ServerTiming.Of(http).Add("auth", time.GetElapsedTime(arrival));
        }

        await next(context);
    }

    private async ValueTask<Caller> AdmitAsync(HttpContext http, KeyRoles needed, long arrival)
    {
        if (SentKey.From(http.Request) is not { } given)
        {
            throw RefusedException.Unauthorized(
                "missing_key", "The API key is missing; send it as 'Authorization: Bearer <key>', 'api-key: <key>' or 'x-api-key: <key>'.",
                Realm);
        }

        if (await callers.FindAsync(given, http.RequestAborted) is not { } caller)
        {
            await RefusalTime.WaitAsync(time, arrival, http.RequestAborted);
            throw failed.Count(http.Request, RefusedException.Unauthorized("invalid_key", "Invalid API key.", Realm));
        }

        return (caller.Roles & needed) != KeyRoles.None ? caller : throw KeyRoleNames.Missing(needed, caller.Roles);
    }
}
