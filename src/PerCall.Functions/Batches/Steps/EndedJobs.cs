using System.Text.Json;
using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;
using PerCall.Functions.Webhooks;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Does the remaining work after a job has ended. All of it can be repeated; the job stays among the open jobs until it is done.
/// </summary>
public sealed class EndedJobs(JobTable table, ResultFiles results, WorkFiles work, JobView view, WebhookOutbox outbox)
{
    public async Task SeeToAsync(Job job, CancellationToken cancellation)
    {
        var summary = JsonSerializer.SerializeToUtf8Bytes(view.Of(job), WireJson.Readable.Batch);
        try
        {
            using var content = new MemoryStream(summary);
            await results.Summary(job).UploadAsync(content, cancellationToken: cancellation);
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            // The tenant is being erased.
        }

        if (job.Order.Webhook is { } webhook)
        {
            // Every attempt uses the same event id, so the event is sent once.
            var told = new WebhookEvent(
                job.Order.Tenant, job.Account, webhook, $"msg_{job.Id}", $"batch.{JobView.StatusOf(job)}", job.EndedAt!.Value, summary);
            await outbox.QueueAsync(told, cancellation);
        }

        await work.RemoveAsync(job, cancellation);
        await table.CloseAsync(job.Account, job.Id, cancellation);
    }
}
