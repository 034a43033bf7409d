using System.Net;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client;
using PerCall.Client.Wire;

namespace PerCall.Samples.Approval;

/// <summary>A call's result, or PerCall's reason to refuse it. A refusal is a value: a retry would not change it.</summary>
/// <param name="Value">The result; absent: refused.</param>
/// <param name="Refusal">The reason; absent: not refused.</param>
public sealed record Answer<T>(T? Value, string? Refusal = null)
    where T : class;

/// <summary>An order for a batch.</summary>
/// <param name="Instance">The orchestration that orders it.</param>
/// <param name="Step">The step of the orchestration. Instance and step are the idempotency key.</param>
/// <param name="Request">The wanted batch.</param>
/// <param name="Webhook">Where PerCall reports the end.</param>
/// <param name="RequestedAt">When the approval was requested. No order for it is older.</param>
public sealed record BatchOrder(string Instance, string Step, ApprovalRequest Request, string? Webhook, DateTimeOffset RequestedAt);

/// <summary>
/// All calls of PerCall. Durable Functions runs an activity at least once, so each of these may run again: two only read, and the one that
/// costs carries an idempotency key.
/// </summary>
public sealed class PerCallActivities(PerCallClient client, TimeProvider time)
{
    /// <summary>The member of a batch's metadata that names its orchestration. The webhook brings it back, signed.</summary>
    public const string InstanceMember = "approval";

    // PerCall keeps a key for a day. An app that was stopped for longer has to look for its batch.
    private static readonly TimeSpan KeyIsSafe = TimeSpan.FromHours(12);
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(10);

    /// <summary>Quotes a batch. A quote costs nothing.</summary>
    [Function(nameof(QuoteBatch))]
    public Task<Answer<Quote>> QuoteBatch([ActivityTrigger] ApprovalRequest request, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            var quote = await client.QuoteBatchAsync(
                new() { InputFileId = request.FileId, Endpoint = request.Endpoint, Model = request.Model }, cancellationToken);
            // The fallback of a model can answer any number of rows, so the dearer of both prices has to be approved.
            var (price, amount) = quote.Fallback is { } fallback && fallback.Price > quote.Price
                ? (fallback.Price, fallback.Amount)
                : (quote.Price, quote.Amount);
            return new Quote(
                quote.Rows, quote.Quality.BadRows, price, amount, quote.Currency, quote.Extrapolated, quote.WithinBudget);
        });

    /// <summary>Starts the batch, or returns the batch that an earlier run of this activity started.</summary>
    [Function(nameof(StartBatch))]
    public Task<Answer<BatchState>> StartBatch([ActivityTrigger] BatchOrder order, CancellationToken cancellationToken) =>
        AskAsync(async () => StateOf(await FindAsync(order, cancellationToken) ?? await client.CreateBatchAsync(
            new()
            {
                InputFileId = order.Request.FileId,
                Endpoint = order.Request.Endpoint,
                Model = order.Request.Model,
                Metadata = new Dictionary<string, string> { [InstanceMember] = order.Instance },
                Webhook = order.Webhook,
            },
            $"{order.Instance}:{order.Step}",
            cancellationToken)));

    /// <summary>Reads a batch; after its end with fresh addresses of its files.</summary>
    [Function(nameof(GetBatch))]
    public Task<Answer<BatchState>> GetBatch([ActivityTrigger] string id, CancellationToken cancellationToken) =>
        AskAsync(async () => StateOf(await client.GetBatchAsync(id, cancellationToken)));

    /// <summary>
    /// The batch of an old order, whose key PerCall may have forgotten. Null: the key still protects the order, or there is no batch.
    /// </summary>
    private async Task<Batch?> FindAsync(BatchOrder order, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - order.RequestedAt < KeyIsSafe)
        {
            return null;
        }

        var oldest = (order.RequestedAt - ClockDifference).ToUnixTimeSeconds();
        string? after = null;
        while (true)
        {
            var page = await client.ListBatchesAsync(after, limit: 200, cancellationToken);
            if (page.Data.FirstOrDefault(b => b.Metadata?.GetValueOrDefault(InstanceMember) == order.Instance) is { } batch)
            {
                return batch;
            }

            // The newest come first.
            if (!page.HasMore || page.Data is not [.., var last] || last.CreatedAt < oldest)
            {
                return null;
            }

            after = last.Id;
        }
    }

    private static async Task<Answer<T>> AskAsync<T>(Func<Task<T>> call)
        where T : class
    {
        try
        {
            return new(await call());
        }
        catch (PerCallException e) when (IsFinal(e.Status))
        {
            return new(null, $"{e.Problem?.Code ?? $"{(int)e.Status}"}: {e.Message}");
        }
    }

    private static bool IsFinal(HttpStatusCode status) =>
        (int)status is >= 400 and < 500
        && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests);

    private static BatchState StateOf(Batch batch) => new(
        batch.Id,
        batch.Status,
        batch.RequestCounts.Completed,
        batch.RequestCounts.Failed,
        batch.Cost?.Charge,
        batch.Cost?.Currency,
        [.. (batch.Files ?? []).Select(f => new ResultFile(f.Name, f.Id, f.Url, f.UrlExpiresAt))],
        batch.Errors?.Data is [var error, ..] ? $"{error.Code}: {error.Message}" : null);
}
