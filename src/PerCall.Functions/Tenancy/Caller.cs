using Microsoft.AspNetCore.Http;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy;

/// <summary>The roles of a key.</summary>
[Flags]
public enum KeyRoles
{
    None = 0,

    /// <summary>May call models.</summary>
    Call = 1,

    /// <summary>May read usage and manage keys of its own tenant.</summary>
    Admin = 2,
}

/// <summary>The sender of a request, as identified by its key.</summary>
/// <param name="Tenant">The tenant's id, as the operator chose it.</param>
/// <param name="Account">
/// The tenant's random pseudonym in the journal, in usage and in ledgers. Totals remain under it when all other data of the tenant is
/// erased.
/// </param>
/// <param name="Key">The key's public id.</param>
/// <param name="Roles">The key's roles.</param>
/// <param name="Terms">The tenant's current plan.</param>
public sealed record Caller(string Tenant, string Account, string Key, KeyRoles Roles, PlanTerms Terms)
{
    /// <summary>Returns the caller; null when the route does not take a tenant's key.</summary>
    public static Caller? Of(HttpContext http) => http.Items.TryGetValue(typeof(Caller), out var caller) ? (Caller?)caller : null;

    /// <summary>Returns the caller, for data that belongs to exactly one tenant.</summary>
    /// <exception cref="RefusedException">403: the service runs without keys, so there is no tenant.</exception>
    public static Caller Required(HttpContext http) => Of(http)
        ?? throw new RefusedException(
            StatusCodes.Status403Forbidden, "no_tenant",
            "This call needs a tenant, and this service runs without keys (PerCall:Tenancy:Open).");

    public void AttachTo(HttpContext http)
    {
        http.Items[typeof(Caller)] = this;
        if (BodyMemory.Of(http) is { } memory)
        {
            memory.Account = Account;
        }
    }
}
