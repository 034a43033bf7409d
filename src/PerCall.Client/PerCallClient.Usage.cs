using System.Globalization;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Usage, invoices and the export of usage events.</content>
public sealed partial class PerCallClient
{
    /// <summary>Gets the tenant's own usage, including the last call; requires a key with the role admin.</summary>
    /// <param name="from">The first day (UTC); the first day of the month if omitted.</param>
    /// <param name="to">The last day (UTC), inclusive; today if omitted.</param>
    /// <param name="groupBy">Any of <c>day</c>, <c>model</c>, <c>operation</c>, <c>key</c>, separated by commas.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<UsageReport> GetUsageAsync(
        DateOnly? from = null, DateOnly? to = null, string groupBy = "day", CancellationToken cancellation = default) =>
        GetAsync($"v1/usage?group_by={Segment(groupBy)}{Days(from, to)}", WireJson.Default.UsageReport, cancellation);

    /// <summary>Gets the usage of one tenant or of all tenants; requires the operator key.</summary>
    /// <param name="tenant">A tenant's id or account; null for all tenants.</param>
    /// <param name="from">The first day (UTC); the first day of the month if omitted.</param>
    /// <param name="to">The last day (UTC), inclusive; today if omitted.</param>
    /// <param name="groupBy">Any of <c>day</c>, <c>model</c>, <c>operation</c>, <c>key</c>, <c>tenant</c>, separated by commas.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<UsageReport> GetTenantUsageAsync(
        string? tenant, DateOnly? from = null, DateOnly? to = null, string groupBy = "tenant", CancellationToken cancellation = default) =>
        GetAsync(
            $"manage/v1/usage?group_by={Segment(groupBy)}{Days(from, to)}{(tenant is null ? "" : $"&tenant={Segment(tenant)}")}",
            WireJson.Default.UsageReport, cancellation);

    /// <summary>Gets a tenant's invoice for a month; requires the operator key.</summary>
    /// <param name="tenant">The tenant's id or account.</param>
    /// <param name="month">Any day of the month.</param>
    /// <param name="verify">True to recount the month from the journal and compare.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">There is no such tenant.</exception>
    public Task<Invoice> GetInvoiceAsync(string tenant, DateOnly month, bool verify = false, CancellationToken cancellation = default) =>
        GetAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"manage/v1/tenants/{Segment(tenant)}/invoices/{month:yyyy-MM}?verify={(verify ? "true" : "false")}"),
                    WireJson.Default.Invoice, cancellation);

    /// <summary>Writes all events since the last export to a new file; requires the operator key.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public async Task<UsageExport> ExportUsageAsync(CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "manage/v1/usage/export");
        return await SendAsync(request, WireJson.Default.UsageExport, cancellation);
    }

    private static string Days(DateOnly? from, DateOnly? to) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(from is { } first ? $"&from={first:yyyy-MM-dd}" : "")}{(to is { } last ? $"&to={last:yyyy-MM-dd}" : "")}");
}
