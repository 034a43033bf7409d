using System.Globalization;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Tenants, plans, keys and the audit log.</content>
public sealed partial class PerCallClient
{
    /// <summary>Adds a version to a plan, or creates the plan; requires the operator key.</summary>
    /// <exception cref="PerCallException">The plan was refused. The problem lists all errors.</exception>
    public Task<PlanVersion> PutPlanAsync(string plan, PutPlanRequest request, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Put, $"manage/v1/plans/{Segment(plan)}", request, WireJson.Default.PutPlanRequest, WireJson.Default.PlanVersion,
            cancellation);

    /// <summary>Gets a plan with all its versions; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such plan.</exception>
    public Task<Plan> GetPlanAsync(string plan, CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/plans/{Segment(plan)}", WireJson.Default.Plan, cancellation);

    /// <summary>Lists all plans; requires the operator key.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PlanList> ListPlansAsync(CancellationToken cancellation = default) =>
        GetAsync("manage/v1/plans", WireJson.Default.PlanList, cancellation);

    /// <summary>Deletes a plan that no tenant uses; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such plan, or tenants use it.</exception>
    public Task DeletePlanAsync(string plan, CancellationToken cancellation = default) =>
        DeleteAsync($"manage/v1/plans/{Segment(plan)}", cancellation);

    /// <summary>Creates a tenant; requires the operator key.</summary>
    /// <exception cref="PerCallException">The tenant already exists, or there is no such plan.</exception>
    public Task<Tenant> CreateTenantAsync(CreateTenantRequest request, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Post, "manage/v1/tenants", request, WireJson.Default.CreateTenantRequest, WireJson.Default.Tenant, cancellation);

    /// <summary>Gets a tenant; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such tenant.</exception>
    public Task<Tenant> GetTenantAsync(string tenant, CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/tenants/{Segment(tenant)}", WireJson.Default.Tenant, cancellation);

    /// <summary>Lists a page of tenants; requires the operator key.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<TenantList> ListTenantsAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/tenants?limit={limit}{After(after)}", WireJson.Default.TenantList, cancellation);

    /// <summary>Changes a tenant; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such tenant, or the change is not allowed.</exception>
    public Task<Tenant> ChangeTenantAsync(string tenant, ChangeTenantRequest request, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Patch, $"manage/v1/tenants/{Segment(tenant)}", request, WireJson.Default.ChangeTenantRequest,
            WireJson.Default.Tenant, cancellation);

    /// <summary>Erases a tenant and all its stored data except usage totals; requires the operator key. Can take half a minute.</summary>
    /// <exception cref="PerCallException">There is no such tenant.</exception>
    public async Task<ErasedTenant> EraseTenantAsync(string tenant, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"manage/v1/tenants/{Segment(tenant)}");
        return await SendAsync(request, WireJson.Default.ErasedTenant, cancellation);
    }

    /// <summary>Creates a key.</summary>
    /// <param name="request">The name and roles of the key.</param>
    /// <param name="tenant">
    /// The tenant's id, with the operator key; null for the caller's own tenant, with a key with the role admin.
    /// </param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<NewApiKey> CreateKeyAsync(CreateKeyRequest request, string? tenant = null, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, Keys(tenant), request, WireJson.Default.CreateKeyRequest, WireJson.Default.NewApiKey, cancellation);

    /// <summary>Lists a page of keys without their secrets.</summary>
    /// <inheritdoc cref="CreateKeyAsync" path="/param"/>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ApiKeyList> ListKeysAsync(
        string? tenant = null, string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"{Keys(tenant)}?limit={limit}{After(after)}", WireJson.Default.ApiKeyList, cancellation);

    /// <summary>Replaces a key. The old key stays valid for the overlap.</summary>
    /// <inheritdoc cref="CreateKeyAsync" path="/param"/>
    /// <exception cref="PerCallException">There is no such key, or it is revoked or expired.</exception>
    public Task<NewApiKey> RotateKeyAsync(
        string key, TimeSpan? overlap = null, string? tenant = null, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Post, $"{Keys(tenant)}/{Segment(key)}/rotate", new((long?)overlap?.TotalSeconds), WireJson.Default.RotateKeyRequest,
            WireJson.Default.NewApiKey, cancellation);

    /// <summary>Revokes a key.</summary>
    /// <inheritdoc cref="CreateKeyAsync" path="/param"/>
    /// <exception cref="PerCallException">There is no such key.</exception>
    public async Task<ApiKey> RevokeKeyAsync(string key, string? tenant = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{Keys(tenant)}/{Segment(key)}");
        return await SendAsync(request, WireJson.Default.ApiKey, cancellation);
    }

    /// <summary>Lists audit records in stored order; requires the operator key.</summary>
    /// <param name="after">The number of records to skip.</param>
    /// <param name="limit">The maximum number of records, 1 to 1000.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<AuditPage> ListAuditAsync(long after = 0, int limit = 1000, CancellationToken cancellation = default) =>
        GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"manage/v1/audit?after={after}&limit={limit}"), WireJson.Default.AuditPage,
            cancellation);

    /// <summary>Verifies the audit log on the service; requires the operator key.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<AuditVerification> VerifyAuditAsync(CancellationToken cancellation = default) =>
        GetAsync("manage/v1/audit/verify", WireJson.Default.AuditVerification, cancellation);

    private static string Keys(string? tenant) => tenant is null ? "v1/keys" : $"manage/v1/tenants/{Segment(tenant)}/keys";

    private static string After(string? id) => id is null ? "" : $"&after={Segment(id)}";

    private static string Segment(string value) => Uri.EscapeDataString(value);
}
