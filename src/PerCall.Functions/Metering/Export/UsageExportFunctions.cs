using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Audit;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Metering.Export;

/// <summary>Exports every charge as an event, for the operator's own accounting.</summary>
public sealed class UsageExportFunctions(UsageExports exports, AuditLog audit)
{
    public const string ContentType = "application/x-ndjson";

    [Function("ExportUsage")]
    [AllowsMoney]
    [Operation(
        "Management", "Export usage events",
        "Writes all events since the last export to a new file, as CloudEvents, one per line. Each event is written exactly once, to one "
            + "file.")]
    [Answer(200, typeof(UsageExport))]
    [Answer(201, typeof(UsageExport))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> Export(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "manage/v1/usage/export")] HttpRequest request,
        CancellationToken cancellation)
    {
        var export = await audit.RecordAsync(
            new(Actors.Of(request.HttpContext), "usage.export", "usage"), () => exports.RunAsync(cancellation));
        return export.File is null ? TypedResults.Ok(export) : TypedResults.Created($"/manage/v1/usage/exports/{export.File}", export);
    }

    [Function("GetUsageExport")]
    [AllowsMoney]
    [Operation("Management", "Get a file of exported events", "CloudEvents 1.0 as JSON Lines.")]
    [Answer(200)]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/usage/exports/{file}")] HttpRequest request, string file,
        CancellationToken cancellation) =>
        TypedResults.Stream(await exports.OpenAsync(file, cancellation), ContentType);
}
