using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Callers;

/// <summary>What is remembered of one text that was sent as a key.</summary>
/// <param name="Id">The key's id, as the text has it.</param>
/// <param name="Valid">The key and its tenant; null where the text opens nothing.</param>
/// <param name="ReadAt">Timestamp before it was read.</param>
/// <param name="Mark">Of <see cref="Invalidations"/>, before it was read.</param>
public sealed record KnownKey(string Id, ValidKey? Valid, long ReadAt, long Mark);

/// <summary>A key whose secret was right, and whose tenant was there, when they were read.</summary>
public sealed record ValidKey(KeyRow Key, TenantRow Tenant, PlanHistory Plan);
