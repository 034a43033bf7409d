using System.Globalization;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Tenants, plans, keys and the record of management.</content>
public sealed partial class PerCallClient
{
    /// <summary>Adds a version to a plan, or makes the plan; needs the operator's key.</summary>
    /// <exception cref="PerCallException">The plan was refused, with every fault.</exception>
    public Task<PlanVersion> PutPlanAsync(string plan, PutPlanRequest request, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Put, $"manage/v1/plans/{Segment(plan)}", request, WireJson.Default.PutPlanRequest, WireJson.Default.PlanVersion, cancellation);

    /// <summary>A plan with all its versions; needs the operator's key.</summary>
    /// <exception cref="PerCallException">There is no such plan.</exception>
    public Task<Plan> GetPlanAsync(string plan, CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/plans/{Segment(plan)}", WireJson.Default.Plan, cancellation);

    /// <summary>All plans; needs the operator's key.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<PlanList> ListPlansAsync(CancellationToken cancellation = default) => GetAsync("manage/v1/plans", WireJson.Default.PlanList, cancellation);

    /// <summary>Deletes a plan that no tenant has; needs the operator's key.</summary>
    /// <exception cref="PerCallException">There is no such plan, or tenants have it.</exception>
    public Task DeletePlanAsync(string plan, CancellationToken cancellation = default) => DeleteAsync($"manage/v1/plans/{Segment(plan)}", cancellation);

    /// <summary>Makes a tenant; needs the operator's key.</summary>
    /// <exception cref="PerCallException">There is such a tenant already, or no such plan.</exception>
    public Task<Tenant> CreateTenantAsync(CreateTenantRequest request, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, "manage/v1/tenants", request, WireJson.Default.CreateTenantRequest, WireJson.Default.Tenant, cancellation);

    /// <summary>One tenant; needs the operator's key.</summary>
    /// <exception cref="PerCallException">There is no such tenant.</exception>
    public Task<Tenant> GetTenantAsync(string tenant, CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/tenants/{Segment(tenant)}", WireJson.Default.Tenant, cancellation);

    /// <summary>A page of tenants; needs the operator's key.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<TenantList> ListTenantsAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/tenants?limit={limit}{After(after)}", WireJson.Default.TenantList, cancellation);

    /// <summary>Changes a tenant; needs the operator's key.</summary>
    /// <exception cref="PerCallException">There is no such tenant, or the change is not allowed.</exception>
    public Task<Tenant> ChangeTenantAsync(string tenant, ChangeTenantRequest request, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Patch, $"manage/v1/tenants/{Segment(tenant)}", request, WireJson.Default.ChangeTenantRequest, WireJson.Default.Tenant, cancellation);

    /// <summary>Erases a tenant and all that is stored of it but usage totals; needs the operator's key. Can take half a minute.</summary>
    /// <exception cref="PerCallException">There is no such tenant.</exception>
    public async Task<ErasedTenant> EraseTenantAsync(string tenant, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"manage/v1/tenants/{Segment(tenant)}");
        return await SendAsync(request, WireJson.Default.ErasedTenant, cancellation);
    }

    /// <summary>Makes a key.</summary>
    /// <param name="request">Its name and roles.</param>
    /// <param name="tenant">Whose, with the operator's key; null: the tenant's own, with a key of the role admin.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<NewApiKey> CreateKeyAsync(CreateKeyRequest request, string? tenant = null, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, Keys(tenant), request, WireJson.Default.CreateKeyRequest, WireJson.Default.NewApiKey, cancellation);

    /// <summary>A page of keys, without their secrets.</summary>
    /// <inheritdoc cref="CreateKeyAsync" path="/param"/>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<ApiKeyList> ListKeysAsync(string? tenant = null, string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"{Keys(tenant)}?limit={limit}{After(after)}", WireJson.Default.ApiKeyList, cancellation);

    /// <summary>Makes a key in place of another, which works on for the overlap.</summary>
    /// <inheritdoc cref="CreateKeyAsync" path="/param"/>
    /// <exception cref="PerCallException">There is no such key, or it works no more.</exception>
    public Task<NewApiKey> RotateKeyAsync(string key, TimeSpan? overlap = null, string? tenant = null, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Post, $"{Keys(tenant)}/{Segment(key)}/rotate", new((long?)overlap?.TotalSeconds), WireJson.Default.RotateKeyRequest, WireJson.Default.NewApiKey, cancellation);

    /// <summary>Revokes a key.</summary>
    /// <inheritdoc cref="CreateKeyAsync" path="/param"/>
    /// <exception cref="PerCallException">There is no such key.</exception>
    public async Task<ApiKey> RevokeKeyAsync(string key, string? tenant = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{Keys(tenant)}/{Segment(key)}");
        return await SendAsync(request, WireJson.Default.ApiKey, cancellation);
    }

    /// <summary>Records of management, in their stored order; needs the operator's key.</summary>
    /// <param name="after">How many to pass over.</param>
    /// <param name="limit">1 to 1000.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<AuditPage> ListAuditAsync(long after = 0, int limit = 1000, CancellationToken cancellation = default) =>
        GetAsync(string.Create(CultureInfo.InvariantCulture, $"manage/v1/audit?after={after}&limit={limit}"), WireJson.Default.AuditPage, cancellation);

    /// <summary>Has the service go through its record of management; needs the operator's key.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<AuditVerification> VerifyAuditAsync(CancellationToken cancellation = default) =>
        GetAsync("manage/v1/audit/verify", WireJson.Default.AuditVerification, cancellation);

    private static string Keys(string? tenant) => tenant is null ? "v1/keys" : $"manage/v1/tenants/{Segment(tenant)}/keys";

    private static string After(string? id) => id is null ? "" : $"&after={Segment(id)}";

    private static string Segment(string value) => Uri.EscapeDataString(value);
}
