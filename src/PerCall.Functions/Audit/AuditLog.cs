using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Audit;

/// <summary>
/// The record of management: one append blob a month, and every record bound to the one before it. Any number of instances write to it: an
/// append is taken only at the place where its writer believes the log to end, and a blob that is left ends with a record that names its
/// successor, so that an instance which still holds it for the last one finds out.
/// </summary>
public sealed partial class AuditLog(BlobContainerClient container, TimeProvider time, ILogger<AuditLog> log) : IDisposable
{
    public const string Container = "audit";
    public const string Continued = "audit.continued";
    private const int MaxAttempts = 100;
    private const int TailBytes = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private AuditTail? _tail;

    public AuditLines Stored { get; } = new(container);

    /// <summary>Records the act, then does it. An act that was announced and not done is told by a further record.</summary>
    /// <remarks>From the record on, the caller's going away ends nothing: an act is done or has failed, and is not left in
    /// between.</remarks>
    public async Task<T> RecordAsync<T>(Act act, Func<Task<T>> effect)
    {
        await WriteAsync(act);
        try
        {
            return await effect();
        }
        catch
        {
            await FailedAsync(act);
            throw;
        }
    }

    public Task RecordAsync(Act act, Func<Task> effect) => RecordAsync(act, async () =>
    {
        await effect();
        return true;
    });

    /// <summary>Says of a recorded act that it has not succeeded.</summary>
    public async Task FailedAsync(Act act)
    {
        try
        {
            await WriteAsync(act with { Action = act.Action + ".failed" });
        }
        catch (Exception e)
        {
            // The act's own failure is what the caller has to hear of.
            LogFailureUnrecorded(e, act.Action, act.Subject);
        }
    }

    /// <summary>Returns when the record is on disk.</summary>
    public async Task<AuditRecord> WriteAsync(Act act)
    {
        await _turn.WaitAsync();
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var tail = _tail ??= await FindTailAsync();
                var now = time.GetUtcNow();
                if (AuditBlobs.IsBefore(tail.Blob, now) || tail.Blocks >= AuditBlobs.MaxBlocks)
                {
                    var next = AuditBlobs.IsBefore(tail.Blob, now) ? AuditBlobs.Of(now) : AuditBlobs.PartAfter(tail.Blob);
                    // A log that has nothing in it has nothing to continue.
                    _tail = tail.Seq == 0 ? tail with { Blob = next } : await AppendAsync(
                        tail, new(Actor.Service, Continued, next), now) is null ? null : _tail;
                    continue;
                }

                if (await AppendAsync(tail, act, now) is { } record)
                {
                    return record;
                }
            }
        }
        finally
        {
            _turn.Release();
        }

        throw new RequestFailedException(409, $"{MaxAttempts} attempts to append to the audit log conflicted with other instances.");
    }

    public void Dispose() => _turn.Dispose();

    /// <returns>The record, and the tail moved on; null where another writer was first, and the tail has to be looked for.</returns>
    private async Task<AuditRecord?> AppendAsync(AuditTail tail, Act act, DateTimeOffset now)
    {
        var record = AuditChain.Seal(new()
        {
            Seq = tail.Seq + 1,
            Time = now,
            Actor = act.Actor.Name,
            Action = act.Action,
            Subject = act.Subject,
            Before = act.Before,
            After = act.After,
            RequestId = act.Actor.RequestId,
            Prev = tail.Hash,
            Hash = "",
        });
        var line = AuditLines.LineOf(record);
        var blob = container.GetAppendBlobClient(tail.Blob);
        try
        {
            if (tail.Length == 0)
            {
                await blob.CreateIfNotExistsAsync();
            }

            await blob.AppendAtAsync(tail.Length, line, CancellationToken.None);
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            _tail = null;
            // An attempt whose answer was lost may have been taken, and its repetition then finds its own record there.
            if (await blob.LookAtAsync(tail.Length, line, CancellationToken.None) != AppendedBytes.Same)
            {
                return null;
            }
        }
        catch
        {
            _tail = null;
            throw;
        }

        if (_tail is not null)
        {
            _tail = act.Action == Continued
                ? new(act.Subject, 0, record.Seq, record.Hash, 0)
                : tail with { Length = tail.Length + line.Length, Seq = record.Seq, Hash = record.Hash, Blocks = tail.Blocks + 1 };
        }

        return record;
    }

    private async Task<AuditTail> FindTailAsync()
    {
        foreach (var name in (await Stored.NamesAsync(CancellationToken.None)).Reverse())
        {
            var blob = container.GetAppendBlobClient(name);
            var properties = (await blob.GetPropertiesAsync()).Value;
            if (properties.ContentLength == 0)
            {
                continue;
            }

            var from = Math.Max(0, properties.ContentLength - TailBytes);
            var end = (
                await blob.DownloadContentAsync(
                    new BlobDownloadOptions { Range = new HttpRange(from, properties.ContentLength - from) })).Value.Content.ToMemory();
            var last = AuditLines.Parse(AuditLines.Lines(end).Last().Span, 0);
            if (last.Hash.Length == 0)
            {
                // Keys must be revocable on a damaged log too. The damage stays where it is, and the check finds it.
                LogDamaged(name);
                return new(
                    name, properties.ContentLength, await Stored.ReadAsync(after: 0, CancellationToken.None).CountAsync(), AuditChain.Start,
                    properties.BlobCommittedBlockCount);
            }

            return last.Action == Continued
                ? new(last.Subject, 0, last.Seq, last.Hash, 0)
                : new(name, properties.ContentLength, last.Seq, last.Hash, properties.BlobCommittedBlockCount);
        }

        return new(AuditBlobs.Of(time.GetUtcNow()), 0, 0, AuditChain.Start, 0);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The last line of {Blob} in the audit log was changed after the service wrote it")]
    private partial void LogDamaged(string blob);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to write the audit record that {Action} of {Subject} failed")]
    private partial void LogFailureUnrecorded(Exception exception, string action, string subject);
}
