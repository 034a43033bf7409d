using Microsoft.AspNetCore.Http;
using PerCall.Functions.Pricing;
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
/// <param name="Account"> The tenant's name in the journal, in usage and in ledgers: drawn at random, so that totals stay under it, a
/// pseudonym, when all else of the tenant is erased.
/// </param>
/// <param name="Key">The key's public id.</param>
/// <param name="Roles">What the key allows.</param>
/// <param name="Terms">The tenant's plan as it stands now.</param>
public sealed record Caller(string Tenant, string Account, string Key, KeyRoles Roles, PlanTerms Terms)
{
    /// <summary>Null where the route needs no key.</summary>
    public static Caller? Of(HttpContext http) => http.Items.TryGetValue(typeof(Caller), out var caller) ? (Caller?)caller : null;

    /// <summary>For what belongs to a tenant and to nobody else.</summary>
    /// <exception cref="RefusedException">403: the service asks for no keys, so there is no tenant.</exception>
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
