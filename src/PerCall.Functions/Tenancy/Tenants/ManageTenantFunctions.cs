using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy.Erasure;

namespace PerCall.Functions.Tenancy.Tenants;

/// <summary>Lets the operator manage tenants.</summary>
public sealed class ManageTenantFunctions(TenantBook tenants, TenantErasure erasure)
{
    private const int MaxBytes = 16 * 1024;

    [Function("CreateTenant")]
    [Operation("Management", "Create a tenant")]
    [Body(typeof(CreateTenantRequest), "application/json", Example = "{\"id\": \"acme\", \"name\": \"Acme\", \"plan\": \"small\"}")]
    [Answer(201, typeof(Tenant))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "manage/v1/tenants")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request,
            RequestJson.Wire.CreateTenantRequest,
            "{\"id\": \"acme\", \"name\": \"Acme\", \"plan\": \"small\"}",
            MaxBytes,
            cancellation);
        var tenant = await tenants.CreateAsync(body, Actors.Of(request.HttpContext), cancellation);
        return TypedResults.Created($"/manage/v1/tenants/{tenant.Id}", tenant);
    }

    [Function("ListTenants")]
    [AllowsMoney]
    [Operation("Management", "List tenants by id")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(TenantList))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/tenants")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await tenants.ListAsync(Page.Of(request), cancellation));

    [Function("GetTenant")]
    [AllowsMoney]
    [Operation("Management", "Get a tenant")]
    [Answer(200, typeof(Tenant))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/tenants/{tenant}")] HttpRequest request, string tenant,
        CancellationToken cancellation) =>
        TypedResults.Ok((await tenants.GetAsync(tenant, cancellation)).ToWire());

    [Function("ChangeTenant")]
    [AllowsMoney]
    [Operation(
        "Management", "Rename, suspend or reactivate a tenant, or move it to another plan",
        "Takes effect on every instance within 30 seconds.")]
    [Body(typeof(ChangeTenantRequest), "application/json", Example = "{\"name\": \"Acme Ltd\", \"status\": \"active\"}")]
    [Answer(200, typeof(Tenant))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Change(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "manage/v1/tenants/{tenant}")] HttpRequest request, string tenant,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.ChangeTenantRequest, "{\"name\", \"plan\", \"status\"}", MaxBytes, cancellation);
        return TypedResults.Ok(await tenants.ChangeAsync(tenant, body, Actors.Of(request.HttpContext), cancellation));
    }

    [Function("EraseTenant")]
    [Operation(
        "Management", "Erase a tenant",
        "Disables its keys and deletes all its stored data except usage, which stays under the account. Waits up to 30 seconds for "
            + "running calls. If it is interrupted, repeat the request.")]
    [Answer(200, typeof(ErasedTenant))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Erase(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "manage/v1/tenants/{tenant}")] HttpRequest request, string tenant,
        CancellationToken cancellation) =>
        TypedResults.Ok(await erasure.EraseAsync(tenant, Actors.Of(request.HttpContext), cancellation));
}
