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
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Upkeep;

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
    BlobContainers containers, UploadNotes notes, SweptInbox swept, StoredBytes stored, JobTable jobs, JobIntake intake,
    TenantTable tenants, UploadPermits permits, PlanTable plans, LimitedAccounts limits, TaskScorers scorers, UpkeepClock clock,
    RestoredTables restored, IOptions<BatchOptions> options, TimeProvider time, ILogger<Inbox> log)
{
    private const string UnknownKey = "upload";

    /// <summary>How long a note is kept after its address expires. Clocks differ, and an upload that has started can end later.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromHours(1);

    /// <summary>The age below which a file is left to its event, which may still arrive.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(20);

    /// <summary>The age from which no file can appear in a listing that was changed earlier.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    private const int MostRemembered = 100_000;

    /// <summary>The ids of known jobs, so that a sweep does not look them up again, and of ignored uploads that have been logged.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly BlobContainerClient _container = containers[InboxPath.Container];
    private readonly BatchOptions _options = options.Value;

    /// <summary>Starts the job of a blob in its current version.</summary>
    public async Task TakeAsync(string blob, CancellationToken cancellation)
    {
        try
        {
            var properties = (await _container.GetBlobClient(blob).GetPropertiesAsync(cancellationToken: cancellation)).Value;
            var file = new UploadedFile(blob, properties.ETag, properties.LastModified, properties.ContentLength);
            if (await TakeAsync(file, cancellation) == Outcome.Waits)
            {
                clock.Wake();
            }
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            // The blob was deleted before it was read.
        }
    }

    /// <summary>Starts jobs for files that no event reported or that had to wait.</summary>
    /// <returns>The present if a file waits for its tenant's limits; null: no file does.</returns>
    public async Task<DateTimeOffset?> SweepAsync(CancellationToken cancellation)
    {
        var (now, since, waits) = (time.GetUtcNow(), await swept.ReadAsync(cancellation), false);
        var (newest, first) = (since, DateTimeOffset.MaxValue);
        await foreach (var item in _container.GetBlobsAsync(new GetBlobsOptions(), cancellation))
        {
            var modified = item.Properties.LastModified!.Value;
            // Older files are about to be removed, and their jobs may already be removed.
            if (modified < since || now - modified >= _options.Kept)
            {
                continue;
            }

            newest = modified > newest ? modified : newest;
            var outcome = now - modified <= Young ? Outcome.Open : await TakeAsync(
                new UploadedFile(item.Name, item.Properties.ETag!.Value, modified, item.Properties.ContentLength ?? 0), cancellation);
            waits |= outcome == Outcome.Waits;
            first = outcome != Outcome.Done && modified < first ? modified : first;
        }

        // Storage's times are whole seconds, so files of the newest one are looked at again.
        var until = newest == since || now - newest > Settled ? newest : newest - Settled;
        until = first < until ? first : until;
        if (until > since)
        {
            await swept.WriteAsync(until, cancellation);
        }

        return waits ? now : null;
    }

    private async Task<Outcome> TakeAsync(UploadedFile file, CancellationToken cancellation)
    {
        var id = JobIds.OfUpload(file.Blob, file.ETag.ToString("H"), file.Modified);
        if (_known.ContainsKey(id))
        {
            return Outcome.Done;
        }

        // The job's existence shows that the file was accepted, whatever has happened to the tenant since.
        var path = InboxPath.Of(file.Blob);
        if (path is { Account: var account } && await jobs.FindAsync(account, id, cancellation) is not null)
        {
            Remember(id);
            return Outcome.Done;
        }

        if (await restored.IsLaterThanAsync(file.Modified, cancellation))
        {
            Remember(id);
            LogPassedOver(
                file.Blob, "it was uploaded before the tables were restored, so its batch may have been charged; upload it again");
            return Outcome.Done;
        }

        var tenant = path is { Account: var owner } ? await tenants.FindByAccountAsync(owner, cancellation) : null;
        if (path is not { } place || tenant is not { Status: TenantRow.Active })
        {
            // Log it once, but check again later: a suspended tenant can be reactivated.
            if (Remember(file.Blob))
            {
                LogPassedOver(file.Blob, "no active tenant matches its path (expected: <account>/<task>/<model>/<file>)");
            }

            return tenant is null ? Outcome.Done : Outcome.Open;
        }

        var note = place.IsOfAnAddress ? await notes.FindAsync(place.Account, $"{InboxPath.Container}/{file.Blob}", cancellation) : null;
        if (place.IsOfAnAddress && (await permits.WhyNotAsync(place.Account, note, cancellation)
            ?? await WhyNotAsync(id, note!, cancellation)) is { } why)
        {
            Remember(id);
            LogPassedOver(file.Blob, why);
            return Outcome.Done;
        }

        var terms = (await plans.FindAsync(tenant.Plan, cancellation))!.At(time.GetUtcNow());
        var key = note?.Key ?? UnknownKey;
        if (await MustWaitAsync(new(tenant.RowKey, tenant.Account, key, KeyRoles.Call, terms), note, cancellation))
        {
            // The sweep will try the file again.
            return Outcome.Waits;
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
        return Outcome.Done;
    }

    /// <summary>Returns why a file is not the first one sent to its upload address; null: it is.</summary>
    private async Task<string?> WhyNotAsync(string id, UploadNote note, CancellationToken cancellation) =>
        await notes.ClaimAsync(note, id, cancellation) == id ? null : "its upload address has already been used";

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

    private enum Outcome
    {
        /// <summary>The file has its job, or never gets one.</summary>
        Done,

        /// <summary>The file may get a job later.</summary>
        Open,

        /// <summary>The file gets its job when its tenant's limits allow it.</summary>
        Waits,
    }

    private readonly record struct UploadedFile(string Blob, ETag ETag, DateTimeOffset Modified, long Bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "Started {Job} for upload {Blob}")]
    private partial void LogTaken(string job, string blob);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ignored upload {Blob}: {Why}")]
    private partial void LogPassedOver(string blob, string why);
}
