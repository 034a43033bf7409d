using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>Lets operators manage their own keys.</summary>
public sealed class OperatorKeyFunctions(OperatorBook book)
{
    private const string Route = "manage/v1/operator-keys";

    [Function("CreateOperatorKey")]
    [Operation("Management", "Create an operator's key", "Only this response contains the key.")]
    [Body(typeof(CreateKeyRequest), "application/json", Example = "{\"name\": \"accounting\", \"roles\": [\"money\"]}")]
    [Answer(201, typeof(NewApiKey))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, CancellationToken cancellation)
    {
        var body = await KeyRequests.ReadCreateAsync(request, "money", cancellation);
        return KeyRequests.Created(request, await book.CreateAsync(body, Operator.ActorOf(request.HttpContext), cancellation));
    }

    [Function("ListOperatorKeys")]
    [Operation("Management", "List operators' keys without their secrets")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(ApiKeyList))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route)] HttpRequest request, CancellationToken cancellation) =>
        TypedResults.Ok(await book.ListAsync(Page.Of(request), cancellation));

    [Function("GetOperator")]
    [AllowsMoney]
    [Operation("Management", "Get the operator that the sent key belongs to", "Checks a key, for example during a rotation.")]
    [Answer(200, typeof(OperatorSelf))]
    [Answer(401, typeof(Problem))]
    public Task<IResult> Self(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route + "/self")] HttpRequest request)
    {
        // The middleware lets no request through without an operator.
        var self = Operator.Of(request.HttpContext)!;
        return Task.FromResult<IResult>(
            TypedResults.Ok(new OperatorSelf(self.Name, OperatorRoleNames.Of(self.Roles), self.Id, self.IsPrevious ? true : null)));
    }

    [Function("RevokeOperatorKey")]
    [Operation(
        "Management", "Revoke an operator's key",
        "The key stops working on every instance within 30 seconds. A key can revoke itself.")]
    [Answer(200, typeof(ApiKey))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route + "/{key}")] HttpRequest request, string key,
        CancellationToken cancellation) =>
        TypedResults.Ok(await book.RevokeAsync(key, Operator.ActorOf(request.HttpContext), cancellation));
}
