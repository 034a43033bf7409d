using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Limits;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// Starts exactly one job for each uploaded file. The job id is derived from the blob and its ETag, so every notification of a file refers
/// to the same job. A sweep finds files that no event reported, and files that had to wait for their tenant's limits.
/// </summary>
/// <remarks>
/// An upload address can outlive its permission. So a file sent to an address starts a job only while the address's note, API key and
/// tenant exist, and only in the first version of the file.
/// </remarks>
public sealed partial class Inbox(
    BlobServiceClient blobs, UploadNotes notes, StoredBytes stored, JobTable jobs, JobIntake intake, TenantTable tenants, KeyTable keys,
    PlanTable plans, LimitedAccounts limits, TaskScorers scorers, RestoredTables restored, IOptions<BatchOptions> options, TimeProvider time,
    ILogger<Inbox> log)
{
    private const string UnknownKey = "upload";

    /// <summary>How long a note is kept after its address expires. Clocks differ, and an upload that has started can end later.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromHours(1);

    /// <summary>The age below which a file is left to its event, which may still arrive.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(20);

    private const int MostRemembered = 100_000;

    /// <summary>The ids of known jobs, so that a sweep does not look them up again, and of ignored uploads that have been logged.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly BlobContainerClient _container = blobs.GetBlobContainerClient(InboxPath.Container);
    private readonly BatchOptions _options = options.Value;

    /// <summary>Starts the job of a blob in its current version.</summary>
    public async Task TakeAsync(string blob, CancellationToken cancellation)
    {
        try
        {
            var properties = (await _container.GetBlobClient(blob).GetPropertiesAsync(cancellationToken: cancellation)).Value;
            await TakeAsync(new UploadedFile(blob, properties.ETag, properties.LastModified, properties.ContentLength), cancellation);
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            // The blob was deleted before it was read.
        }
    }

    /// <summary>Starts jobs for files that no event reported or that had to wait.</summary>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await foreach (var item in _container.GetBlobsAsync(new GetBlobsOptions(), cancellation))
        {
            var age = now - item.Properties.LastModified;
            // Older files are about to be removed, and their jobs may already be removed.
            if (age > Young && age < _options.Kept)
            {
                await TakeAsync(
                    new UploadedFile(
                        item.Name, item.Properties.ETag!.Value, item.Properties.LastModified!.Value,
                        item.Properties.ContentLength ?? 0), cancellation);
            }
        }
    }

    private async Task TakeAsync(UploadedFile file, CancellationToken cancellation)
    {
        var id = JobIds.OfUpload(file.Blob, file.ETag.ToString("H"), file.Modified);
        if (_known.ContainsKey(id))
        {
            return;
        }

        // The job's existence shows that the file was accepted, whatever has happened to the tenant since.
        var path = InboxPath.Of(file.Blob);
        if (path is { Account: var account } && await jobs.FindAsync(account, id, cancellation) is not null)
        {
            Remember(id);
            return;
        }

        if (await restored.IsLaterThanAsync(file.Modified, cancellation))
        {
            Remember(id);
            LogPassedOver(file.Blob, "it was uploaded before the tables were restored, so its batch may have been charged; upload it again");
            return;
        }

        if (path is not { } place || await tenants.FindByAccountAsync(place.Account,
            cancellation) is not { Status: TenantRow.Active } tenant)
        {
            // Log it once, but check again later: a suspended tenant can be reactivated.
            if (Remember(file.Blob))
            {
                LogPassedOver(file.Blob, "no active tenant matches its path (expected: <account>/<task>/<model>/<file>)");
            }

            return;
        }

        var note = place.IsOfAnAddress ? await notes.FindAsync(place.Account, $"{InboxPath.Container}/{file.Blob}", cancellation) : null;
        if (place.IsOfAnAddress && await WhyNotAsync(id, place.Account, note, cancellation) is { } why)
        {
            Remember(id);
            LogPassedOver(file.Blob, why);
            return;
        }

        var terms = (await plans.FindAsync(tenant.Plan, cancellation))!.At(time.GetUtcNow());
        var key = note?.Key ?? UnknownKey;
        if (await MustWaitAsync(new(tenant.RowKey, tenant.Account, key, KeyRoles.Call, terms), note, cancellation))
        {
            // The sweep will try the file again.
            return;
        }

        var scorer = scorers.FindTask(place.Task);
        var order = new JobOrder
        {
            Tenant = tenant.RowKey,
            Key = key,
            Task = scorer?.Task ?? default,
            Model = place.Reference,
            Input = new(InboxPath.Container, file.Blob, file.ETag.ToString("H"), file.Bytes),
            Encoding = note?.Encoding,
            PlanId = terms.Plan,
            PlanVersion = terms.Version,
            Webhook = note?.Webhook,
        };
        var isTooMuch = await stored.OfAsync(tenant.Account, cancellation) > stored.Most;
        var fault = isTooMuch ? new JobFault(StoredBytes.Code, stored.Message, "file")
            : scorer is null ? new JobFault(
                "invalid_task",
                $"The task in the file's path is '{Requests.Page.Short(place.Task)}'; allowed: {string.Join(", ", scorers.Tasks)}.",
                "task")
            : null;
        await intake.BeginAsync(id, tenant.Account, order, fault, cancellation);
        if (isTooMuch)
        {
            await _container.DeleteBlobIfExistsAsync(file.Blob, conditions: new() { IfMatch = file.ETag }, cancellationToken: cancellation);
        }

        Remember(id);
        LogTaken(id, file.Blob);
    }

    /// <summary>Returns why a file sent to an upload address does not start a job; null: it does.</summary>
    private async Task<string?> WhyNotAsync(string id, string account, UploadNote? note, CancellationToken cancellation)
    {
        if (note is null)
        {
            return "its upload address has expired or was never issued";
        }

        if (await keys.FindAsync(note.Key, cancellation) is not { } key || key.Account != account || !key.IsLive(time.GetUtcNow()))
        {
            return "the API key that requested its upload address is no longer valid";
        }

        return await notes.ClaimAsync(note, id, cancellation) == id ? null : "its upload address has already been used";
    }

    /// <summary>Returns whether the tenant has reached its limit of open jobs or its rate limit.</summary>
    private async Task<bool> MustWaitAsync(Caller caller, UploadNote? note, CancellationToken cancellation)
    {
        if (await jobs.CountOpenAsync(caller.Account, _options.OpenPerTenant, cancellation) >= _options.OpenPerTenant)
        {
            return true;
        }

        // The call that created the address was already counted. A file without an address counts as a call.
        if (note is not null || limits.Of(caller).Rate is not { } rate)
        {
            return false;
        }

        using var admitted = await rate.AcquireAsync(1, cancellation);
        return !admitted.IsAcquired;
    }

    private bool Remember(string name)
    {
        if (_known.Count >= MostRemembered)
        {
            _known.Clear();
        }

        return _known.TryAdd(name, true);
    }

    private readonly record struct UploadedFile(string Blob, ETag ETag, DateTimeOffset Modified, long Bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "Started {Job} for upload {Blob}")]
    private partial void LogTaken(string job, string blob);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ignored upload {Blob}: {Why}")]
    private partial void LogPassedOver(string blob, string why);
}
