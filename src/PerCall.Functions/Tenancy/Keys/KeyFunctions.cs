using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>Lets a tenant manage its own keys.</summary>
public sealed class KeyFunctions(TenantBook tenants, KeyBook keys)
{
    private const string Route = "v1/keys";

    [Function("CreateKey")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation("Keys", "Create a key", "Only this response contains the key.")]
    [Body(typeof(CreateKeyRequest), "application/json", Example = "{\"name\": \"server\", \"roles\": [\"call\"]}")]
    [Answer(201, typeof(NewApiKey))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(403, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, CancellationToken cancellation)
    {
        var body = await KeyRequests.ReadCreateAsync(request, "call", cancellation);
        return KeyRequests.Created(
            request, await keys.CreateAsync(await OwnAsync(request, cancellation), body, Actors.Of(request.HttpContext), cancellation));
    }

    [Function("ListKeys")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation("Keys", "List the tenant's keys without their secrets")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(ApiKeyList))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(403, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route)] HttpRequest request, CancellationToken cancellation) =>
        TypedResults.Ok(await keys.ListAsync(await OwnAsync(request, cancellation), Page.Of(request), cancellation));

    [Function("RotateKey")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation("Keys", "Replace a key", "The old key stays valid for the overlap.")]
    [Body(typeof(RotateKeyRequest), "application/json", Example = "{\"overlap_seconds\": 86400}")]
    [Answer(201, typeof(NewApiKey))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(403, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Rotate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{key}/rotate")] HttpRequest request, string key,
        CancellationToken cancellation)
    {
        var body = await KeyRequests.ReadRotateAsync(request, cancellation);
        return KeyRequests.Created(
            request,
            await keys.RotateAsync(await OwnAsync(request, cancellation), key, body, Actors.Of(request.HttpContext), cancellation));
    }

    [Function("RevokeKey")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation("Keys", "Revoke a key", "The key stops working on every instance within 30 seconds. A key can revoke itself.")]
    [Answer(200, typeof(ApiKey))]
    [Answer(401, typeof(Problem))]
    [Answer(403, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route + "/{key}")] HttpRequest request, string key,
        CancellationToken cancellation) =>
        TypedResults.Ok(await keys.RevokeAsync(await OwnAsync(request, cancellation), key, Actors.Of(request.HttpContext), cancellation));

    private async Task<TenantRow> OwnAsync(HttpRequest request, CancellationToken cancellation)
    {
        var caller = Caller.Required(request.HttpContext);
        var tenant = await tenants.GetAsync(caller.Tenant, cancellation);
        return tenant.Account == caller.Account ? tenant : throw TenantBook.Unknown(caller.Tenant);
    }
}
