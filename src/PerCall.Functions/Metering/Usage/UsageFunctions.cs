using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Metering.Usage;

/// <summary>Reports usage to tenants and to the operator.</summary>
public sealed class UsageFunctions(UsageReports reports, TimeProvider time)
{
    private const string GroupText = "How to group lines, separated by commas; allowed: day, model, operation, key. Default: day.";
    private const string GroupTenantsText =
        "How to group lines, separated by commas; allowed: day, model, operation, key, tenant. Default: tenant.";
    private const string FormatText = "Allowed: json, csv. 'Accept: text/csv' has the same effect as csv.";

    [Function("GetUsage")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation("Usage", "Get the tenant's own usage", "Includes the last call. Returns JSON or CSV.")]
    [Query("from", typeof(string), UsagePeriod.FromText)]
    [Query("to", typeof(string), UsagePeriod.ToText)]
    [Query("group_by", typeof(string), GroupText)]
    [Query("format", typeof(string), FormatText)]
    [Answer(200, typeof(UsageReport))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(403, typeof(Problem))]
    public async Task<IResult> GetUsage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/usage")] HttpRequest request, CancellationToken cancellation)
    {
        var caller = Caller.Of(request.HttpContext) ?? throw new RefusedException(
            StatusCodes.Status403Forbidden, "no_tenant",
            "Usage belongs to a tenant, and this service runs without keys (PerCall:Tenancy:Open).");
        var (format, period, grouping) = (
            ReportFormat.Of(request, ReportFormat.Json, ReportFormat.Csv), UsagePeriod.Of(request, time.GetUtcNow()),
            UsageGrouping.Of(request, "day"));
        return Answer(await reports.OfCallerAsync(caller.Tenant, caller.Account, period, grouping, cancellation), grouping, format);
    }

    [Function("GetTenantUsage")]
    [AllowsMoney]
    [Operation("Management", "Get the usage of one tenant or of all tenants", "Counts new journal entries first. Returns JSON or CSV.")]
    [Query("tenant", typeof(string), "A tenant's id, or an account (which keeps an erased tenant's usage). Default: all tenants.")]
    [Query("from", typeof(string), UsagePeriod.FromText)]
    [Query("to", typeof(string), UsagePeriod.ToText)]
    [Query("group_by", typeof(string), GroupTenantsText)]
    [Query("format", typeof(string), FormatText)]
    [Answer(200, typeof(UsageReport))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> GetTenantUsage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/usage")] HttpRequest request, CancellationToken cancellation)
    {
        var (format, period) = (ReportFormat.Of(request, ReportFormat.Json, ReportFormat.Csv), UsagePeriod.Of(request, time.GetUtcNow()));
        var grouping = UsageGrouping.Of(request, UsageGrouping.Tenant, ofTenants: true);
        var tenant = request.Query["tenant"].ToString() is { Length: > 0 } given ? given : null;
        return Answer(await reports.OfTenantsAsync(tenant, period, grouping, cancellation), grouping, format);
    }

    private static IResult Answer(UsageReport report, UsageGrouping grouping, string format) =>
        format == ReportFormat.Csv ? TypedResults.Text(grouping.ToCsv(report.Data), "text/csv; charset=utf-8") : TypedResults.Ok(report);
}
