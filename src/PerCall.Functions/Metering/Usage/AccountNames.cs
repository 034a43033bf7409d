using Microsoft.AspNetCore.Http;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Metering.Usage;

/// <summary>An account and its tenant; null: the tenant was erased.</summary>
public sealed record NamedAccount(string Account, TenantRow? Tenant)
{
    public string Shown => Tenant?.RowKey ?? Account;
}

/// <summary>Finds accounts and their tenants. Accounts of erased tenants have usage but no tenant.</summary>
public sealed class AccountNames(UsageTable usage, TenantTable tenants)
{
    /// <param name="tenantOrAccount">A tenant's id, or an account.</param>
    /// <param name="cancellation">Cancels the search.</param>
    /// <exception cref="RefusedException">404: neither a tenant nor an account has this name.</exception>
    public async Task<NamedAccount> FindAsync(string tenantOrAccount, CancellationToken cancellation)
    {
        if (await tenants.FindAsync(tenantOrAccount, cancellation) is { } tenant)
        {
            return new(tenant.Account, tenant);
        }

        return (await AllAsync(cancellation)).FirstOrDefault(a => a.Account == tenantOrAccount)
            ?? throw new RefusedException(
                StatusCodes.Status404NotFound, "tenant_not_found", $"Tenant or account '{Page.Short(tenantOrAccount)}' not found.",
                "tenant");
    }

    /// <summary>Returns all accounts of tenants and all accounts with usage.</summary>
    public async Task<IReadOnlyList<NamedAccount>> AllAsync(CancellationToken cancellation)
    {
        var named = await tenants.ListAsync(
            null, int.MaxValue, cancellation).ToDictionaryAsync(t => t.Account, t => t, StringComparer.Ordinal, cancellation);
        return [.. named.Keys.Union(await usage.AccountsAsync(cancellation)).Select(a => new NamedAccount(a, named.GetValueOrDefault(a)))];
    }
}
