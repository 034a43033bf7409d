using Microsoft.AspNetCore.Http;
using PerCall.Functions.Audit;

namespace PerCall.Functions.Tenancy;

/// <summary>Names the sender of a request for the audit log.</summary>
public static class Actors
{
    /// <summary>The caller's key by its public id, or the operator where the route needs no tenant's key.</summary>
    public static Actor Of(HttpContext http) => new(Caller.Of(http)?.Key ?? "operator", http.TraceIdentifier);
}
