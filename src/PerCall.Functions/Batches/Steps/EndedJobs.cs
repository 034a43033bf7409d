using System.Text.Json;
using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Results;

namespace PerCall.Functions.Batches.Steps;

/// <summary>What is left to do when a job has ended. All of it can be done twice; a job stands among the open ones until it is done.</summary>
internal sealed class EndedJobs(JobTable table, ResultFiles results, WorkFiles work, JobView view)
{
    public async Task SeeToAsync(Job job, CancellationToken cancellation)
    {
        try
        {
            using var summary = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(view.Of(job), WireJson.Readable.Batch));
            await results.Summary(job).UploadAsync(summary, cancellationToken: cancellation);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // The tenant is being erased.
        }

        await work.RemoveAsync(job, cancellation);
        await table.CloseAsync(job.Account, job.Id, cancellation);
    }
}
