using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Accepts tenants' files that go through the service.</summary>
/// <param name="container">The container that receives the files.</param>
/// <param name="inbox">Starts the batch of a file; null: the file waits for a call.</param>
/// <param name="notes">Notes on addresses.</param>
/// <param name="permits">Checks the notes.</param>
/// <param name="stored">The limit of stored bytes.</param>
/// <param name="tenants">The tenants.</param>
/// <param name="log">The log.</param>
public sealed partial class TenantUploads(
    string container, Inbox? inbox, UploadNotes notes, UploadPermits permits, StoredBytes stored, TenantTable tenants,
    ILogger<TenantUploads> log) : IUploadTarget
{
    public string Container => container;

    public async Task<UploadRoom> AdmitAsync(string blob, CancellationToken cancellation)
    {
        var account = blob.Split('/', 2)[0];
        if (await tenants.FindByAccountAsync(account, cancellation) is not { Status: TenantRow.Active })
        {
            throw Refused("the tenant is not active");
        }

        var note = await notes.FindAsync(account, $"{container}/{blob}", cancellation);
        return await permits.WhyNotAsync(account, note, cancellation) is { } why
            ? throw Refused(why)
            : new(await stored.RequireRoomAsync(account, more: 0, cancellation), stored.Exceeded);
    }

    public async Task ArriveAsync(string blob)
    {
        if (inbox is null)
        {
            return;
        }

        try
        {
            await inbox.TakeAsync(blob, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The file is stored. Its event, or the sweep, starts the batch.
            LogNotStarted(e, blob);
        }
    }

    private static RefusedException Refused(string why) =>
        new(StatusCodes.Status403Forbidden, "upload_refused", $"The file is not accepted: {why}.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to start the batch of upload {Blob} at once; it is tried again")]
    private partial void LogNotStarted(Exception exception, string blob);
}
