using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace PerCall.Samples.Approval;

/// <summary>An approval as <c>GET /approvals/{id}</c> answers it.</summary>
/// <param name="Id">The orchestration's instance id.</param>
/// <param name="Status">How far it is; absent before its first step.</param>
/// <param name="Error">Why the orchestration failed; absent otherwise.</param>
public sealed record ApprovalView(string Id, ApprovalStatus? Status, string? Error);

/// <summary>The body of a decision.</summary>
/// <param name="By">Who decides.</param>
public sealed record DecisionRequest(string By);

/// <summary>The HTTP functions for people; the host's function keys protect them.</summary>
public sealed class ApprovalFunctions(IOptions<ApprovalOptions> options, TimeProvider time)
{
    private const string IdempotencyKey = "Idempotency-Key";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Starts an approval. The same request with the same <c>Idempotency-Key</c> is one approval.</summary>
    [Function("StartApproval")]
    public async Task<IResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "approvals")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken)
    {
        if (await ReadAsync<ApprovalRequest>(request, cancellationToken) is not { FileId.Length: > 0, Endpoint.Length: > 0 } wanted)
        {
            return Invalid("The body must be {\"file_id\", \"endpoint\", \"model\"?}.");
        }

        var key = request.Headers[IdempotencyKey].ToString();
        if (key.Length is 0 or > 255)
        {
            return Invalid($"The header {IdempotencyKey} is required: 1 to 255 characters.");
        }

        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];
        var input = ApprovalInput.Create(wanted, options.Value, time.GetUtcNow());
        if (await durable.GetInstanceAsync(id, getInputsAndOutputs: true, cancellationToken) is { } known)
        {
            var first = known.ReadInputAs<ApprovalInput>()!;
            if (first.Request != wanted)
            {
                return Problem(StatusCodes.Status422UnprocessableEntity, $"Another request has used this {IdempotencyKey}.");
            }

            if (known.RuntimeStatus is not OrchestrationRuntimeStatus.Failed)
            {
                return Accepted(id);
            }

            // It failed because PerCall was unreachable for long. The same id orders the same batch, so it is not charged again.
            input = first;
        }

        await durable.ScheduleNewOrchestrationInstanceAsync(
            ApprovalOrchestrator.Name, input, new StartOrchestrationOptions(id), cancellationToken);
        return Accepted(id);
    }

    /// <summary>Returns an approval's state.</summary>
    [Function("GetApproval")]
    public static async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "approvals/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken) =>
        await durable.GetInstanceAsync(id, getInputsAndOutputs: true, cancellationToken) is { } instance
            ? Results.Json(new ApprovalView(id, StatusOf(instance), instance.FailureDetails?.ErrorMessage), Json)
            : NotFound(id);

    /// <summary>Approves a batch that awaits approval.</summary>
    [Function("Approve")]
    public static Task<IResult> ApproveAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "approvals/{id}/approve")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken) => DecideAsync(request, id, approved: true, durable, cancellationToken);

    /// <summary>Rejects a batch that awaits approval.</summary>
    [Function("Reject")]
    public static Task<IResult> RejectAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "approvals/{id}/reject")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken) => DecideAsync(request, id, approved: false, durable, cancellationToken);

    private static async Task<IResult> DecideAsync(
        HttpRequest request, string id, bool approved, DurableTaskClient durable, CancellationToken cancellationToken)
    {
        if (await ReadAsync<DecisionRequest>(request, cancellationToken) is not { By.Length: > 0 } decision)
        {
            return Invalid("The body must be {\"by\"}: who decides.");
        }

        if (await durable.GetInstanceAsync(id, getInputsAndOutputs: true, cancellationToken) is not { } instance)
        {
            return NotFound(id);
        }

        if (StatusOf(instance) is not { State: "awaiting_approval" })
        {
            return Problem(StatusCodes.Status409Conflict, "This approval does not await a decision.");
        }

        // Of two decisions at once, the orchestration takes the first.
        await durable.RaiseEventAsync(id, ApprovalOrchestrator.DecisionEvent, new Decision(approved, decision.By), cancellationToken);
        return Accepted(id);
    }

    private static ApprovalStatus? StatusOf(OrchestrationMetadata instance) =>
        instance.RuntimeStatus is OrchestrationRuntimeStatus.Completed
            ? instance.ReadOutputAs<ApprovalStatus>()
            : instance.ReadCustomStatusAs<ApprovalStatus>();

    private static async Task<T?> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await request.ReadFromJsonAsync<T>(Json, cancellationToken);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON of this form, or another content type.
            return null;
        }
    }

    private static IResult Accepted(string id) =>
        Results.Json(new ApprovalView(id, null, null), Json, statusCode: StatusCodes.Status202Accepted);

    private static IResult Invalid(string detail) => Problem(StatusCodes.Status400BadRequest, detail);

    private static IResult NotFound(string id) => Problem(StatusCodes.Status404NotFound, $"There is no approval '{id}'.");

    private static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);
}
