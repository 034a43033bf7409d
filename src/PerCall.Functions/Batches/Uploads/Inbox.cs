using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// Begins a job for each file that is uploaded, and one only: its id is made of the blob and its ETag, so whoever notices it, and however often, means the same job. What no event reported, a sweep finds.
/// </summary>
public sealed partial class Inbox
{
    private const string UnknownKey = "upload";
    private const string Notes = "~uploads";

    /// <summary>An event is on its way for what is younger.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(20);

    private const int MostRemembered = 100_000;

    /// <summary>Jobs that are known to be, so that a sweep need not ask for each again; and blobs of nobody that were told of.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly BlobContainerClient _container;
    private readonly TableClient _notes;
    private readonly JobTable _jobs;
    private readonly JobIntake _intake;
    private readonly TenantTable _tenants;
    private readonly PlanTable _plans;
    private readonly TaskScorers _scorers;
    private readonly TimeSpan _kept;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    internal Inbox(
        BlobServiceClient blobs,
        TableServiceClient tables,
        JobTable jobs,
        JobIntake intake,
        TenantTable tenants,
        PlanTable plans,
        TaskScorers scorers,
        IOptions<BatchOptions> options,
        TimeProvider time,
        ILogger<Inbox> log) =>
        (_container, _notes, _jobs, _intake, _tenants, _plans, _scorers, _kept, _time, _log) =
        (blobs.GetBlobContainerClient(InboxPath.Container), tables.GetTableClient(JobTable.Name), jobs, intake, tenants, plans, scorers, options.Value.Kept, time, log);

    /// <summary>
    /// Keeps what an upload cannot say itself: whose key asked for its address, how its text is encoded, and who is to be told.
    /// </summary>
    internal async Task NoteAsync(string blob, string key, string? webhook, string? encoding, CancellationToken cancellation) =>
        await _notes.UpsertEntityAsync(
            new TableEntity(Notes, KeyOf(blob)) { ["Key"] = key, ["Webhook"] = webhook, ["Encoding"] = encoding },
            cancellationToken: cancellation);

    /// <summary>Begins the job of a blob, as it is now.</summary>
    internal async Task TakeAsync(string blob, CancellationToken cancellation)
    {
        try
        {
            var properties = (await _container.GetBlobClient(blob).GetPropertiesAsync(cancellationToken: cancellation)).Value;
            await TakeAsync(blob, properties.ETag, properties.LastModified, properties.ContentLength, cancellation);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Deleted before it was looked at.
        }
    }

    /// <summary>Finds files that no event reported.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        await foreach (var item in _container.GetBlobsAsync(new GetBlobsOptions(), cancellation))
        {
            var age = now - item.Properties.LastModified;
            // What is older is about to be removed, and what is known of its job may be gone already.
            if (age > Young && age < _kept)
            {
                await TakeAsync(item.Name, item.Properties.ETag!.Value, item.Properties.LastModified!.Value, item.Properties.ContentLength ?? 0, cancellation);
            }
        }
    }

    private static string KeyOf(string blob) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(blob)));

    private async Task TakeAsync(string blob, ETag etag, DateTimeOffset modified, long bytes, CancellationToken cancellation)
    {
        if (InboxPath.Of(blob) is not { } path || await _tenants.FindAsync(path.Tenant, cancellation) is not { Status: TenantRow.Active } tenant)
        {
            if (Remember(blob))
            {
                LogNobodys(blob);
            }

            return;
        }

        var id = JobIds.OfUpload(blob, etag.ToString("H"), modified);
        if (_known.ContainsKey(id) || await _jobs.FindAsync(tenant.Account, id, cancellation) is not null)
        {
            Remember(id);
            return;
        }

        var note = await _notes.GetEntityIfExistsAsync<TableEntity>(Notes, KeyOf(blob), cancellationToken: cancellation);
        var terms = (await _plans.FindAsync(tenant.Plan, cancellation))!.At(_time.GetUtcNow());
        var scorer = _scorers.FindTask(path.Task);
        var order = new JobOrder
        {
            Tenant = path.Tenant,
            Key = note.HasValue ? note.Value!.GetString("Key") : UnknownKey,
            Task = scorer?.Task ?? ModelTask.ImageClassification,
            Model = path.Reference,
            Input = new(InboxPath.Container, blob, etag.ToString("H"), bytes),
            Encoding = note.HasValue ? note.Value!.GetString("Encoding") : null,
            PlanId = terms.Plan,
            PlanVersion = terms.Version,
            Webhook = note.HasValue ? note.Value!.GetString("Webhook") : null,
        };
        var fault = scorer is null ? new JobFault("invalid_task", $"The file lies under the task '{Requests.Page.Short(path.Task)}'; {string.Join(", ", _scorers.Tasks)} are.", "task") : null;
        await _intake.BeginAsync(id, tenant.Account, order, fault, cancellation);
        Remember(id);
        LogTaken(id, blob);
    }

    private bool Remember(string name)
    {
        if (_known.Count >= MostRemembered)
        {
            _known.Clear();
        }

        return _known.TryAdd(name, true);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Job} is begun for the upload {Blob}")]
    private partial void LogTaken(string job, string blob);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The upload {Blob} is nobody's: it lies under no tenant that is active, or not as <tenant>/<task>/<model>/<file>")]
    private partial void LogNobodys(string blob);
}
