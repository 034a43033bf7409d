using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy;

/// <summary>What a key allows.</summary>
[Flags]
public enum KeyRoles
{
    None = 0,

    /// <summary>Calls on models.</summary>
    Call = 1,

    /// <summary>Usage and keys of its own tenant.</summary>
    Admin = 2,
}

/// <summary>Who sent a request, as its key tells.</summary>
/// <param name="Tenant">The tenant's id, as the operator chose it.</param>
/// <param name="Account">
/// The tenant's name in the journal, in usage and in ledgers: drawn at random, so that totals stay under it, a pseudonym, when all else of the tenant is erased.
/// </param>
/// <param name="Key">The key's public id.</param>
/// <param name="Roles">What the key allows.</param>
/// <param name="Terms">The tenant's plan as it stands now.</param>
public sealed record Caller(string Tenant, string Account, string Key, KeyRoles Roles, PlanTerms Terms)
{
    /// <summary>Null where the route needs no key.</summary>
    public static Caller? Of(HttpContext http) => http.Items.TryGetValue(typeof(Caller), out var caller) ? (Caller?)caller : null;

    /// <param name="http">The request.</param>
    /// <param name="what">What the request is for, as several things.</param>
    /// <exception cref="RefusedException">403: nobody is asked for a key, so there is no tenant.</exception>
    public static Caller Require(HttpContext http, string what) => Of(http) ?? throw new RefusedException(
        StatusCodes.Status403Forbidden, "no_tenant", $"The service asks for no keys (PerCall:Tenancy:Open), so there is no tenant whose {what} these could be.");

    public void AttachTo(HttpContext http) => http.Items[typeof(Caller)] = this;
}
