using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Callers;

/// <summary>A cache entry for one key text.</summary>
/// <param name="Id">The key's id, from the text.</param>
/// <param name="Valid">The key and its tenant; null when the text is not a valid key.</param>
/// <param name="ReadAt">Timestamp before the lookup.</param>
/// <param name="Mark">Mark of <see cref="Invalidations"/> before the lookup.</param>
public sealed record KnownKey(string Id, ValidKey? Valid, long ReadAt, long Mark);

/// <summary>A key with a correct secret and an existing tenant, at the time of the lookup.</summary>
public sealed record ValidKey(KeyRow Key, TenantRow Tenant, PlanHistory Plan);
