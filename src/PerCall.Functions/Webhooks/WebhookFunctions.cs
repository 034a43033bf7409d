using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Webhooks;

/// <summary>Endpoints for a tenant's webhook secret, deliveries and targets.</summary>
public sealed class WebhookFunctions(WebhookBook webhooks)
{
    private const string Route = "v1/webhooks";
    private const string Tag = "Webhooks";
    private const int MaxBytes = 16 * 1024;

    [Function("GetWebhookSecret")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(
        Tag, "Get the current signing secrets",
        "Newest first. The first secret is created on first use. During a rotation there are several.")]
    [Answer(200, typeof(WebhookSecretList))]
    public async Task<IResult> GetSecret(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route + "/secret")] HttpRequest request,
        CancellationToken cancellation) =>
        Secret(request, await webhooks.SecretsAsync(CallerOf(request), cancellation));

    [Function("RotateWebhookSecret")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(Tag, "Rotate the signing secret", "The old and the new secret both sign until the overlap ends.")]
    [Body(typeof(RotateWebhookSecretRequest), "application/json", Example = "{\"overlap_seconds\": 86400}")]
    [Answer(200, typeof(WebhookSecretList))]
    [Answer(400, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> RotateSecret(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/secret/rotate")] HttpRequest request,
        CancellationToken cancellation)
    {
        // The body is optional.
        var body = request.ContentLength is null or 0 && string.IsNullOrEmpty(request.ContentType)
            ? new()
            : await JsonBody.ReadAsync(
                request, RequestJson.Wire.RotateWebhookSecretRequest, "{\"overlap_seconds\": 86400}", MaxBytes, cancellation);
        return Secret(request, await webhooks.RotateAsync(CallerOf(request), body, cancellation));
    }

    [Function("ListWebhookDeliveries")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(Tag, "List deliveries, newest first")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(WebhookDeliveryList))]
    [Answer(400, typeof(Problem))]
    public async Task<IResult> ListDeliveries(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route + "/deliveries")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await webhooks.ListAsync(CallerOf(request), Page.Of(request), cancellation));

    [Function("GetWebhookDelivery")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(Tag, "Get a delivery with its attempts")]
    [Answer(200, typeof(WebhookDelivery))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> GetDelivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route + "/deliveries/{delivery}")] HttpRequest request, string delivery,
        CancellationToken cancellation) =>
        TypedResults.Ok(await webhooks.GetAsync(CallerOf(request), delivery, cancellation));

    [Function("RetryWebhookDelivery")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(
        Tag, "Send a delivery again", "Works for a delivery in any state. Keeps the webhook-id and starts the retry schedule again.")]
    [Answer(202, typeof(WebhookDelivery))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> RetryDelivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/deliveries/{delivery}/retry")] HttpRequest request,
        string delivery, CancellationToken cancellation) =>
        TypedResults.Accepted((string?)null, await webhooks.RetryAsync(CallerOf(request), delivery, cancellation));

    [Function("ListWebhookTargets")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(Tag, "List addresses that received events", "Shows whether an address is disabled or paused.")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(WebhookTargetList))]
    [Answer(400, typeof(Problem))]
    public async Task<IResult> ListTargets(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route + "/targets")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await webhooks.TargetsAsync(CallerOf(request), Page.Of(request), cancellation));

    [Function("EnableWebhookTarget")]
    [NeedsRole(KeyRoles.Admin)]
    [Operation(
        Tag,
        "Enable an address that returned 410 or is paused",
        "Sends waiting events and all later events to the address. Deliveries that ended as disabled can be sent again one by one.")]
    [Answer(200, typeof(WebhookTarget))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> EnableTarget(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/targets/{target}/enable")] HttpRequest request, string target,
        CancellationToken cancellation) =>
        TypedResults.Ok(await webhooks.EnableAsync(CallerOf(request), target, cancellation));

    private static Ok<WebhookSecretList> Secret(HttpRequest request, WebhookSecretList secrets)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(secrets);
    }

    private static Caller CallerOf(HttpRequest request) => Caller.Required(request.HttpContext);
}
