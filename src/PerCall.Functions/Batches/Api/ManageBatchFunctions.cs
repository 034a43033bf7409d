using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Batches.Api;

/// <summary>Serves the operator's endpoints for batches whose charge must be decided because storage lost the record of it.</summary>
public sealed class ManageBatchFunctions(JobBook book, TenantBook tenants, AuditLog audit)
{
    private const int MaxBytes = 1024;

    [Function("ListUndecidedBatches")]
    [AllowsMoney]
    [Operation(
        "Management",
        "List batches with an undecided charge",
        "Storage lost the record that shows whether these batches were charged. Usually the list is empty.")]
    [Answer(200, typeof(UndecidedBatchList))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/undecided-batches")] HttpRequest request,
        CancellationToken cancellation)
    {
        var jobs = await book.UndecidedAsync(cancellation);
        return TypedResults.Ok(
            new UndecidedBatchList([.. jobs.Select(j => new UndecidedBatch(j.Order.Tenant, j.Account, j.Charge.Amount, book.Show(j)))]));
    }

    [Function("SettleBatch")]
    [AllowsMoney]
    [Operation(
        "Management",
        "Settle the charge of a batch",
        "For a batch with an undecided charge. With charged=true the batch ends as already charged; "
            + "with charged=false it is charged now and ends.")]
    [Body(typeof(SettleBatchRequest), "application/json", Example = "{\"charged\": false}")]
    [Answer(200, typeof(Batch))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Settle(
        [HttpTrigger(
            AuthorizationLevel.Anonymous, "post", Route = "manage/v1/tenants/{tenant}/batches/{batch}/settle")] HttpRequest request,
        string tenant,
        string batch,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(request, RequestJson.Wire.SettleBatchRequest, "{\"charged\": true}", MaxBytes, cancellation);
        var isCharged = body.Charged ?? throw RefusedException.BadRequest(
            "missing_charged", "The body has no 'charged'; allowed: true, false.", "charged");
        var account = (await tenants.GetAsync(tenant, cancellation)).Account;
        await book.GetAsync(account, batch, cancellation);
        var act = new Act(
            Actors.Of(request.HttpContext), "batch.settle", $"batch/{batch}",
            After: new Dictionary<string, string> { ["charged"] = isCharged ? "yes" : "no" });
        return TypedResults.Ok(book.Show(await audit.RecordAsync(act, () => book.SettleAsync(account, batch, isCharged))));
    }
}
