using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Audit;

/// <summary>Lists and verifies the audit log.</summary>
public sealed class AuditFunctions(AuditLog log)
{
    private const int Most = 1000;

    [Function("ListAudit")]
    [Operation("Management", "List audit records", "In stored order. Each record contains the hash of the record before it.")]
    [Query("after", typeof(long), "Skip records up to this number: the number of the last record on the previous page.")]
    [Query("limit", typeof(int), "Maximum number of records; 1 to 1000, default 100.")]
    [Answer(200, typeof(AuditPage))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/audit")] HttpRequest request, CancellationToken cancellation)
    {
        var page = Page.Of(request, Most, usual: 100);
        var after = 0L;
        if (page.After is { } given && !long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            throw RefusedException.BadRequest("invalid_after", $"'after' is '{given}'; expected the number of a record.", "after");
        }

        var records = await log.Stored.ReadAsync(after, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(new AuditPage([.. records.Take(page.Limit)], records.Count > page.Limit));
    }

    [Function("VerifyAudit")]
    [Operation("Management", "Verify the audit log", "Checks the hash chain. 'percall audit verify' does the same outside the service.")]
    [Answer(200, typeof(AuditVerification))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> Verify(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/audit/verify")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(AuditChain.Verify(await log.Stored.ReadAsync(after: 0, cancellation).ToListAsync(cancellation)));
}
