using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Returns invoices to the operator.</summary>
public sealed class InvoiceFunctions(InvoiceBook invoices)
{
    [Function("GetInvoice")]
    [AllowsMoney]
    [Operation(
        "Management", "Get a tenant's invoice for a month",
        "Returns JSON, CSV or a printable page. The invoice is a draft until the month is over and completely counted.")]
    [Query("verify", typeof(bool), "true: recount the month from the journal and compare both results.")]
    [Query("format", typeof(string), "Allowed: json, csv, html. The Accept header has the same effect.")]
    [Answer(200, typeof(Invoice))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/tenants/{tenant}/invoices/{month}")] HttpRequest request,
        string tenant, string month, CancellationToken cancellation)
    {
        var format = ReportFormat.Of(request, ReportFormat.Json, ReportFormat.Csv, ReportFormat.Html);
        var verify = request.Query["verify"].ToString() switch
        {
            "" or "false" => false,
            "true" => true,
            var other =>
                throw RefusedException.BadRequest("invalid_verify", $"'verify' is '{Page.Short(other)}'; allowed: true, false.", "verify"),
        };
        var invoice = await invoices.MakeAsync(tenant, month, verify, cancellation);
        // The page contains names that other people chose. It needs no scripts, so scripts are blocked.
        request.HttpContext.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return format switch
        {
            ReportFormat.Csv => TypedResults.Text(InvoiceCsv.Of(invoice), "text/csv; charset=utf-8"),
            ReportFormat.Html => TypedResults.Text(InvoicePage.Of(invoice), "text/html; charset=utf-8"),
            _ => TypedResults.Ok(invoice),
        };
    }
}
