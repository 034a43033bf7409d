using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage.Work;
using PerCall.Inference;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Models.Publications;

/// <summary>
/// Publishes packages by messages, because a large package takes longer than a request may. If an instance dies, the message comes again,
/// and another one publishes the package from its beginning.
/// </summary>
public sealed partial class BackgroundPublications(
    PublicationRecords records, PackageUploads uploads, PackageBlobs blobs, ModelPublication publication, WorkQueue queue,
    TimeProvider time, ILogger<BackgroundPublications> log)
{
    public const string Kind = "publication";

    /// <summary>How often a publication waits for disk or memory of an instance before it fails: for about five minutes.</summary>
    private const int MaxWaits = 20;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    /// <summary>Begins a publication. One that runs, or has published the package, is not begun again.</summary>
    /// <param name="id">The upload's id; null for a package at an address.</param>
    /// <param name="blob">The address of the package; null for an upload.</param>
    /// <param name="actor">Who publishes.</param>
    /// <param name="derivation">How a manifest is derived if the package has none.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public async Task<PackageUploadStatus> BeginAsync(
        string? id, string? blob, Actor actor, DerivationSettings derivation, CancellationToken cancellation)
    {
        id ??= uploads.NewId();
        var begun = await records.ChangeAsync(
            id, r => r is null or { Error: not null } ? new() { Actor = actor, Blob = blob, Derivation = derivation } : null, cancellation);
        if (begun is { IsEnded: false, Stage: PublicationRecord.Queued })
        {
            // Also sent again: the request may have died before it sent the first one. Two messages do no harm.
            await queue.SendAsync(Kind, new(id), PublicationJson.Default.PublicationName, TimeSpan.Zero, cancellation);
        }

        return begun!.Describe(id);
    }

    /// <summary>Returns the state of a publication that runs or has published its package; null if no such publication exists.</summary>
    public async Task<PackageUploadStatus?> FindBegunAsync(string id, CancellationToken cancellation) =>
        PackageUploads.IsId(id) && await records.FindAsync(id, cancellation) is { Error: null } record ? record.Describe(id) : null;

    /// <summary>Returns the state of an upload and its publication.</summary>
    /// <exception cref="RefusedException">404: nothing has arrived, or the upload has expired.</exception>
    public async Task<PackageUploadStatus> GetAsync(string id, CancellationToken cancellation)
    {
        if (PackageUploads.IsId(id) && await records.FindAsync(id, cancellation) is { } record)
        {
            return record.Describe(id);
        }

        var (isComplete, bytes) = await uploads.ReceivedAsync(id, cancellation);
        return new() { Id = id, Status = isComplete ? "uploaded" : "uploading", BytesReceived = bytes };
    }

    /// <summary>Publishes the package of a message.</summary>
    /// <returns>False: this instance has no disk space or memory for it now.</returns>
    public async Task<bool> RunAsync(WorkMessage message, CancellationToken cancellation)
    {
        var id = message.Read(PublicationJson.Default.PublicationName).Id;
        if (await records.FindAsync(id, cancellation) is not { IsEnded: false } record)
        {
            return true;
        }

        try
        {
            var model = await PublishAsync(id, record, cancellation);
            await EndAsync(id, r => r with { Model = model }, cancellation);
        }
        catch (ModelBusyException e) when (message.PutBack < MaxWaits)
        {
            LogWaits(id, e.Message);
            return false;
        }
        catch (Exception e) when (e is ModelBusyException || Problems.From(e).Status < StatusCodes.Status500InternalServerError)
        {
            var problem = Problems.From(e);
            LogRefused(id, problem.Code);
            await EndAsync(id, r => r with { Error = problem }, cancellation);
        }

        return true;
    }

    /// <summary>Ends a publication that failed too often.</summary>
    public Task GiveUpAsync(WorkMessage message, CancellationToken cancellation) => EndAsync(
        message.Read(PublicationJson.Default.PublicationName).Id,
        r => r with
        {
            Error = new()
            {
                Status = StatusCodes.Status500InternalServerError,
                Title = "Internal Server Error",
                Code = "publication_failed",
                Detail = $"The publication failed {WorkDispatcher.MaxDeliveries} times. The service's log has the reasons.",
            },
        },
        cancellation);

    private async Task<PublishedModel> PublishAsync(string id, PublicationRecord record, CancellationToken cancellation)
    {
        await using var archive = record.Blob is { } address
            ? await blobs.OpenAsync(address, cancellation)
            : await uploads.OpenAsync(id, cancellation);
        var progress = new PublicationProgress(PublicationStage.Unpacking, 0, 0);
        using var ended = new CancellationTokenSource();
        var reports = ReportAsync(id, () => progress, ended.Token);
        try
        {
            return await publication.PublishAsync(
                archive, record.Actor, new() { Id = id, Progress = p => progress = p, Derivation = record.Derivation }, cancellation);
        }
        finally
        {
            await ended.CancelAsync();
            await reports;
        }
    }

    private async Task ReportAsync(string id, Func<PublicationProgress> progress, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                var now = progress();
                await records.ChangeAsync(
                    id,
                    r => r is { IsEnded: false } ? r with { Stage = NameOf(now.Stage), Done = now.Bytes, Total = now.Total } : null,
                    ended);
                await Task.Delay(ReportInterval, time, ended);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The publication has ended.
        }
        catch (Exception e)
        {
            // The publication goes on without reports.
            LogUnreported(e, id);
        }
    }

    /// <summary>Writes the end, unless another instance has, and removes what is no longer needed.</summary>
    private async Task EndAsync(string id, Func<PublicationRecord, PublicationRecord> end, CancellationToken cancellation)
    {
        await records.ChangeAsync(id, r => r is { IsEnded: false } ? end(r) with { Blob = null } : null, cancellation);
        await uploads.RemoveAsync(id);
    }

    private static string NameOf(PublicationStage stage) => stage switch
    {
        PublicationStage.Unpacking => "unpacking",
        PublicationStage.Verifying => "verifying",
        _ => "storing",
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "The publication {Id} waits: {Reason}")]
    private partial void LogWaits(string id, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The publication {Id} was refused: {Code}")]
    private partial void LogRefused(string id, string? code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to report the progress of the publication {Id}")]
    private partial void LogUnreported(Exception exception, string id);
}
