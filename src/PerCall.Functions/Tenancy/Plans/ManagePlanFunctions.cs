using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>Lets the operator manage plans.</summary>
public sealed class ManagePlanFunctions(PlanBook plans)
{
    private const int MaxBytes = 256 * 1024;

    [Function("PutPlan")]
    [AllowsMoney]
    [Operation(
        "Management", "Create a plan or add a version to it",
        "Versions never change. Each version takes effect at its time, on every instance within 30 seconds.")]
    [Body(
        typeof(PutPlanRequest),
        "application/json",
        Example = """
            {
              "currency": "EUR", "requests_per_minute": 600, "tokens_per_minute": 100000, "concurrent_calls": 8,
              "max_output_tokens": 4096, "redact": true, "monthly_budget": 50000000,
              "free_units": {"image": 100},
              "prices": [
                {"operation": "*", "model": "*", "unit": "image", "price": 1500},
                {"operation": "infer", "model": "*", "unit": "input", "price": 1000},
                {"operation": "batch", "model": "*", "unit": "batch_row", "price": 100, "per": 1}
              ]
            }
            """)]
    [Answer(200, typeof(PlanVersion))]
    [Answer(201, typeof(PlanVersion))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(422, typeof(Problem))]
    public async Task<IResult> Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "manage/v1/plans/{plan}")] HttpRequest request, string plan,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request,
            RequestJson.Wire.PutPlanRequest,
            "{\"currency\": \"EUR\", \"prices\": [{\"operation\", \"model\", \"unit\", \"price\"}]}",
            MaxBytes,
            cancellation);
        var (version, isNew) = await plans.PutAsync(plan, body, Actors.Of(request.HttpContext), cancellation);
        return isNew ? TypedResults.Created($"/manage/v1/plans/{plan}", version) : TypedResults.Ok(version);
    }

    [Function("ListPlans")]
    [AllowsMoney]
    [Operation("Management", "List plans by id")]
    [Answer(200, typeof(PlanList))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/plans")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await plans.ListAsync(cancellation));

    [Function("GetPlan")]
    [AllowsMoney]
    [Operation("Management", "Get a plan with all its versions")]
    [Answer(200, typeof(Plan))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/plans/{plan}")] HttpRequest request, string plan,
        CancellationToken cancellation) =>
        TypedResults.Ok(await plans.GetAsync(plan, cancellation));

    [Function("DeletePlan")]
    [AllowsMoney]
    [Operation(
        "Management",
        "Delete a plan that no tenant uses",
        "Invoices and running batches keep its versions. A plan created again under the same id continues with the next version.")]
    [Answer(204)]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "manage/v1/plans/{plan}")] HttpRequest request,
        string plan,
        CancellationToken cancellation)
    {
        await plans.DeleteAsync(plan, Actors.Of(request.HttpContext), cancellation);
        return TypedResults.NoContent();
    }
}
