using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks;

namespace PerCall.Functions.Batches.Api;

/// <summary>Accepts jobs from API calls and from uploads.</summary>
public sealed class JobIntake(
    JobTable table, StepMessages queue, FileStore files, BatchReaders readers, Quoter quoter, JobOrigins origins, WebhookOutbox outbox,
    UpkeepClock clock, IOptions<BatchOptions> options, TimeProvider time)
{
    private const int MaxPairs = 16;
    private const int MaxKey = 64;
    private const int MaxValue = 512;

    /// <summary>
    /// The maximum file size, in bytes, for which the budget is checked before the batch is accepted, so that the caller gets the refusal.
    /// For larger files, the budget is checked after acceptance, and a batch over the budget fails.
    /// </summary>
    private const long QuotedAtOnce = 8 << 20;

    private readonly BatchOptions _options = options.Value;

    /// <exception cref="RefusedException">The request is malformed, refers to something that does not exist, is not included in the plan or
    /// exceeds the budget.</exception>
    public async Task<Job> AcceptAsync(Caller caller, CreateBatchRequest request, string? idempotencyKey, CancellationToken cancellation)
    {
        var reader = readers.RequireEndpoint(request.Endpoint, request.Model);
        if (request.CompletionWindow is not (null or JobView.Window))
        {
            throw RefusedException.BadRequest(
                "invalid_completion_window",
                $"'completion_window' is '{Page.Short(request.CompletionWindow)}'; allowed: {JobView.Window}.",
                "completion_window");
        }

        var encoding = TextEncodings.Check(request.Encoding);
        CheckMetadata(request.Metadata);
        if (request.Webhook is { } webhook)
        {
            outbox.Check(webhook, "webhook");
        }

        var file = await files.RequireAsync(caller.Account, request.InputFileId, cancellation);
        var input = new JobInput(file.Blob.BlobContainerName, file.Blob.Name, file.ETag, file.File.Bytes);
        var id = idempotencyKey is null ? JobIds.New(time.GetUtcNow()) : await origins.IdOfAsync(
            caller.Account, idempotencyKey, request, cancellation);
        if (idempotencyKey is not null && await table.FindAsync(caller.Account, id, cancellation) is { Job: var before })
        {
            return before;
        }

        await CheckOpenAsync(caller.Account, cancellation);
        if (input.Bytes <= QuotedAtOnce)
        {
            await quoter.RequireBudgetAsync(caller, reader, input, request.Model, encoding, cancellation);
        }

        return await BeginAsync(
            id,
            caller.Account,
            new()
            {
                Tenant = caller.Tenant,
                Key = caller.Key,
                Task = (reader as ITaskScorer)?.Task,
                Endpoint = (reader as CallReader)?.Endpoint,
                Model = request.Model,
                Input = input,
                Encoding = encoding,
                InputFile = request.InputFileId,
                PlanId = caller.Terms.Plan,
                PlanVersion = caller.Terms.Version,
                Metadata = request.Metadata,
                Webhook = request.Webhook,
            },
            fault: null,
            cancellation);
    }

    /// <summary>Starts a job, unless a job with this id already exists.</summary>
    /// <param name="id">The job id.</param>
    /// <param name="account">The account that owns the job.</param>
    /// <param name="order">What the tenant ordered.</param>
    /// <param name="fault">The reason why the job fails immediately, for an upload without a caller to receive a refusal; null if the job
    /// can run.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    public async Task<Job> BeginAsync(string id, string account, JobOrder order, JobFault? fault, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var job = new Job
        {
            Id = id,
            Account = account,
            Order = order,
            CreatedAt = now,
            Traceparent = Traces.Current,
            ExpiresAt = now + _options.Window,
            StepDue = now,
            Ending = fault is null ? null : JobEnding.Failed,
            Fault = fault,
        };
        // Not cancellable from here on, even if the caller disconnects: a job added only in part would stay among the open jobs, and a job
        // without its message would wait for the watch.
        if (!await table.TryAddAsync(job, CancellationToken.None))
        {
            // The job was already accepted by whichever instance noticed the upload first.
            return (await table.FindAsync(account, id, cancellation))?.Job ?? job;
        }

        clock.Wake();
        await queue.SendAsync(new(account, id, job.Tick), TimeSpan.Zero, CancellationToken.None);
        return job;
    }

    private static void CheckMetadata(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata?.Count > MaxPairs)
        {
            throw RefusedException.BadRequest(
                "invalid_metadata", $"'metadata' has {metadata.Count} pairs; allowed: at most {MaxPairs}.", "metadata");
        }

        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            if (key.Length > MaxKey || value is null || value.Length > MaxValue)
            {
                throw RefusedException.BadRequest(
                    "invalid_metadata",
                    $"'metadata.{Page.Short(key)}': allowed: keys of at most {MaxKey} characters, "
                        + $"and text values of at most {MaxValue} characters.",
                    "metadata");
            }
        }
    }

    private async Task CheckOpenAsync(string account, CancellationToken cancellation)
    {
        if (await table.CountOpenAsync(account, _options.OpenPerTenant, cancellation) >= _options.OpenPerTenant)
        {
            throw RefusedException.TryAgain(
                StatusCodes.Status429TooManyRequests,
                "too_many_batches",
                $"A tenant can have at most {_options.OpenPerTenant} open batches. Wait for one to end, or cancel one.",
                TimeSpan.FromSeconds(30));
        }
    }
}
