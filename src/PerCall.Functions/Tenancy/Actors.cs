using Microsoft.AspNetCore.Http;
using PerCall.Functions.Audit;
using PerCall.Functions.Operators;

namespace PerCall.Functions.Tenancy;

/// <summary>Identifies the sender of a request for the audit log.</summary>
public static class Actors
{
    /// <summary>Returns the caller's key by its public id, or the operator when the route does not take a tenant's key.</summary>
    public static Actor Of(HttpContext http) =>
        Caller.Of(http)?.Key is { } key ? new(key, http.TraceIdentifier) : Operator.ActorOf(http);
}
