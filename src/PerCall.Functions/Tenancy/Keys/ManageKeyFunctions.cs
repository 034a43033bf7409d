using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>Lets the operator manage a tenant's keys.</summary>
public sealed class ManageKeyFunctions(TenantBook tenants, KeyBook keys)
{
    private const string Route = "manage/v1/tenants/{tenant}/keys";

    [Function("CreateTenantKey")]
    [Operation("Management", "Create a key for a tenant", "Only this response contains the key.")]
    [Body(typeof(CreateKeyRequest), "application/json", Example = "{\"name\": \"first\", \"roles\": [\"call\", \"admin\"]}")]
    [Answer(201, typeof(NewApiKey))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, string tenant,
        CancellationToken cancellation)
    {
        var body = await KeyRequests.ReadCreateAsync(request, "call", cancellation);
        return KeyRequests.Created(
            request,
            await keys.CreateAsync(await tenants.GetAsync(tenant, cancellation), body, Actors.Of(request.HttpContext), cancellation));
    }

    [Function("ListTenantKeys")]
    [Operation("Management", "List a tenant's keys without their secrets")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(ApiKeyList))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route)] HttpRequest request, string tenant,
        CancellationToken cancellation) =>
        TypedResults.Ok(await keys.ListAsync(await tenants.GetAsync(tenant, cancellation), Page.Of(request), cancellation));

    [Function("RotateTenantKey")]
    [Operation("Management", "Replace a tenant's key", "The old key stays valid for the overlap.")]
    [Body(typeof(RotateKeyRequest), "application/json", Example = "{\"overlap_seconds\": 86400}")]
    [Answer(201, typeof(NewApiKey))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Rotate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{key}/rotate")] HttpRequest request, string tenant, string key,
        CancellationToken cancellation)
    {
        var body = await KeyRequests.ReadRotateAsync(request, cancellation);
        return KeyRequests.Created(
            request,
            await keys.RotateAsync(await tenants.GetAsync(tenant, cancellation), key, body, Actors.Of(request.HttpContext), cancellation));
    }

    [Function("RevokeTenantKey")]
    [Operation("Management", "Revoke a tenant's key", "The key stops working on every instance within 30 seconds.")]
    [Answer(200, typeof(ApiKey))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route + "/{key}")] HttpRequest request, string tenant, string key,
        CancellationToken cancellation) =>
        TypedResults.Ok(
            await keys.RevokeAsync(await tenants.GetAsync(tenant, cancellation), key, Actors.Of(request.HttpContext), cancellation));
}
