using System.Globalization;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Usage, invoices and the export of events.</content>
public sealed partial class PerCallClient
{
    /// <summary>The tenant's own usage, its last call included; needs a key of the role admin.</summary>
    /// <param name="from">The first day; the first of the month where it is left out.</param>
    /// <param name="to">The last day; today where it is left out.</param>
    /// <param name="groupBy">Of <c>day</c>, <c>model</c>, <c>operation</c>, <c>key</c>, with commas between.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<UsageReport> GetUsageAsync(DateOnly? from = null, DateOnly? to = null, string groupBy = "day", CancellationToken cancellation = default) =>
        GetAsync($"v1/usage?group_by={Segment(groupBy)}{Days(from, to)}", WireJson.Default.UsageReport, cancellation);

    /// <summary>Usage of one tenant or of all; needs the operator's key.</summary>
    /// <param name="tenant">A tenant's id or account; null: all.</param>
    /// <param name="from">The first day; the first of the month where it is left out.</param>
    /// <param name="to">The last day; today where it is left out.</param>
    /// <param name="groupBy">Of <c>day</c>, <c>model</c>, <c>operation</c>, <c>key</c>, <c>tenant</c>, with commas between.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<UsageReport> GetTenantUsageAsync(string? tenant, DateOnly? from = null, DateOnly? to = null, string groupBy = "tenant", CancellationToken cancellation = default) =>
        GetAsync($"manage/v1/usage?group_by={Segment(groupBy)}{Days(from, to)}{(tenant is null ? "" : $"&tenant={Segment(tenant)}")}", WireJson.Default.UsageReport, cancellation);

    /// <summary>A tenant's invoice of a month; needs the operator's key.</summary>
    /// <param name="tenant">The tenant's id or account.</param>
    /// <param name="month">Any day of the month.</param>
    /// <param name="verify">Whether it is counted again from the journal.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="PerCallException">There is no such tenant.</exception>
    public Task<Invoice> GetInvoiceAsync(string tenant, DateOnly month, bool verify = false, CancellationToken cancellation = default) =>
        GetAsync(string.Create(CultureInfo.InvariantCulture, $"manage/v1/tenants/{Segment(tenant)}/invoices/{month:yyyy-MM}?verify={(verify ? "true" : "false")}"), WireJson.Default.Invoice, cancellation);

    /// <summary>Writes all events since the last export to a file; needs the operator's key.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public async Task<UsageExport> ExportUsageAsync(CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "manage/v1/usage/export");
        return await SendAsync(request, WireJson.Default.UsageExport, cancellation);
    }

    private static string Days(DateOnly? from, DateOnly? to) =>
        string.Create(CultureInfo.InvariantCulture, $"{(from is { } first ? $"&from={first:yyyy-MM-dd}" : "")}{(to is { } last ? $"&to={last:yyyy-MM-dd}" : "")}");
}
