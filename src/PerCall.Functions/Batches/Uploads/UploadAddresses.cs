using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Transfers;
using PerCall.Functions.Webhooks;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// Creates upload addresses. Each accepts one file, directly into storage or through the service, under the account's own prefix.
/// </summary>
public sealed class UploadAddresses(
    BlobContainers containers, UploadNotes notes, StoredBytes stored, FileStore files, Addresses addresses, UploadLimit limit,
    TaskScorers scorers, WebhookOutbox outbox, IOptions<BatchOptions> options, TimeProvider time)
{
    private readonly BlobContainerClient _inbox = containers[InboxPath.Container];
    private readonly Addresses _addresses = addresses;
    private readonly BatchOptions _options = options.Value;

    /// <param name="service">The service's address as the client knows it.</param>
    /// <param name="caller">The caller.</param>
    /// <param name="request">The body of the call.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="RefusedException">The request is invalid, or the tenant has reached a limit.</exception>
    public async Task<Upload> MakeAsync(Uri service, Caller caller, CreateUploadRequest request, CancellationToken cancellation)
    {
        var fileName = request.Filename is { Length: > 0 } name ? name : throw RefusedException.BadRequest(
            "missing_filename", "The body has no 'filename'. Its extension determines the format when the content does not.", "filename");
        if (request.Task is null)
        {
            var (id, blob) = files.Place(caller.Account, fileName);
            return await MakeAsync(service, blob, id, caller, request, encoding: null, cancellation);
        }

        scorers.RequireTask(request.Task);
        var model = ModelParameters.Model(request.Model);
        var parts = model.Split('/', 2);
        if (!ModelNames.IsName(parts[0]) || (parts.Length == 2 && parts[1].AsSpan().IndexOfAny('/', '@') >= 0))
        {
            throw RefusedException.BadRequest(
                "invalid_model",
                $"'{ModelParameters.Shown(model)}' is not a model reference; allowed: name, name/version, name/alias.",
                "model");
        }

        if (request.Webhook is { } webhook)
        {
            outbox.Check(webhook, "webhook");
        }

        var unique = JobIds.New(time.GetUtcNow())[^16..];
        var inbox = _inbox.GetBlockBlobClient(InboxPath.NameOf(caller.Account, request.Task, model, unique, fileName));
        return await MakeAsync(
            service, inbox, fileId: null, caller, request, TextEncodings.Check(request.Encoding), cancellation);
    }

    private async Task<Upload> MakeAsync(
        Uri service, BlockBlobClient blob, string? fileId, Caller caller, CreateUploadRequest request, string? encoding,
        CancellationToken cancellation)
    {
        await stored.RequireRoomAsync(caller.Account, more: 0, cancellation);
        if (await notes.CountAsync(
            caller.Account, time.GetUtcNow(), _options.AddressesPerTenant, cancellation) >= _options.AddressesPerTenant)
        {
            throw RefusedException.TryAgain(
                StatusCodes.Status429TooManyRequests,
                "too_many_uploads",
                $"A tenant can have at most {_options.AddressesPerTenant} open upload addresses. "
                    + $"Each expires {_options.AddressLifetime.TotalMinutes:0} minutes after it is issued.",
                TimeSpan.FromMinutes(1));
        }

        var (address, expires) = await _addresses.ForWritingAsync(service, blob, _options.AddressLifetime, cancellation);
        var note = new UploadNote
        {
            Account = caller.Account,
            Blob = $"{blob.BlobContainerName}/{blob.Name}",
            Key = caller.Key,
            Webhook = request.Webhook,
            Encoding = encoding,
            Expires = expires,
        };
        await notes.AddAsync(note, cancellation);
        return new()
        {
            Url = address,
            Method = Addresses.WritingMethod,
            Headers = Addresses.WritingHeaders,
            ExpiresAt = expires.ToUnixTimeSeconds(),
            Path = note.Blob,
            FileId = fileId,
            MaxBytes = limit.Bytes,
        };
    }
}
