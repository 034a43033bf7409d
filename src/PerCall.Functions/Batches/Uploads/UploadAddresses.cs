using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Webhooks;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Gives out addresses to which a file can be sent, straight into storage: one file each, under the tenant's own prefix.</summary>
public sealed class UploadAddresses
{
    private readonly BlobContainerClient _inbox;
    private readonly Inbox _uploads;
    private readonly FileStore _files;
    private readonly Addresses _addresses;
    private readonly TaskScorers _scorers;
    private readonly WebhookOutbox _outbox;
    private readonly BatchOptions _options;
    private readonly TimeProvider _time;

    internal UploadAddresses(BlobServiceClient blobs, Inbox uploads, FileStore files, Addresses addresses, TaskScorers scorers, WebhookOutbox outbox, IOptions<BatchOptions> options, TimeProvider time) =>
        (_inbox, _uploads, _files, _addresses, _scorers, _outbox, _options, _time) = (blobs.GetBlobContainerClient(InboxPath.Container), uploads, files, addresses, scorers, outbox, options.Value, time);

    /// <exception cref="RefusedException">The call is not of its form.</exception>
    internal async Task<Upload> MakeAsync(Caller caller, CreateUploadRequest request, CancellationToken cancellation)
    {
        var fileName = request.Filename is { Length: > 0 } name ? name : throw RefusedException.BadRequest("missing_filename", "The body has no 'filename'; its ending says what the file is where its content does not.", "filename");
        if (request.Task is null)
        {
            var (id, blob) = _files.Place(caller.Tenant, fileName);
            return await MakeAsync(blob, id, cancellation);
        }

        _scorers.RequireTask(request.Task);
        var model = ModelParameters.Model(request.Model);
        var parts = model.Split('/', 2);
        if (!ModelNames.IsName(parts[0]) || (parts.Length == 2 && parts[1].AsSpan().IndexOfAny('/', '@') >= 0))
        {
            throw RefusedException.BadRequest("invalid_model", $"'{ModelParameters.Shown(model)}' names no model; a model is asked for as name, name/version or name/alias.", "model");
        }

        if (request.Webhook is { } webhook)
        {
            _outbox.Check(webhook, "webhook");
        }

        var unique = JobIds.New(_time.GetUtcNow())[^16..];
        var inbox = _inbox.GetBlockBlobClient(InboxPath.NameOf(caller.Tenant, request.Task, model, unique, fileName));
        await _uploads.NoteAsync(inbox.Name, caller.Key, request.Webhook, TextEncodings.Check(request.Encoding), cancellation);
        return await MakeAsync(inbox, fileId: null, cancellation);
    }

    private async Task<Upload> MakeAsync(BlockBlobClient blob, string? fileId, CancellationToken cancellation)
    {
        var (address, expires) = await _addresses.MakeAsync(blob, BlobSasPermissions.Create | BlobSasPermissions.Write, _options.AddressLifetime, cancellation);
        return new()
        {
            Url = address,
            Method = "PUT",
            // Storage asks for it: a single PUT can make other kinds of blobs.
            Headers = new Dictionary<string, string> { ["x-ms-blob-type"] = "BlockBlob" },
            ExpiresAt = expires.ToUnixTimeSeconds(),
            Path = $"{blob.BlobContainerName}/{blob.Name}",
            FileId = fileId,
        };
    }
}
