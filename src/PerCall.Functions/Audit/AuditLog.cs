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
/// The audit log of management: one append blob per month, in which every record is chained to the one before by its hash. Any number of
/// instances may write to it. An append succeeds only at the position where its writer expects the end of the log. The last record of a
/// completed blob names the next blob, so an instance that still treats the old blob as the last one detects the change.
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

    /// <summary>Records the action, then performs it. If the action fails, a further record says so.</summary>
    /// <remarks>
    /// After the record is written, a disconnect of the caller does not cancel the action: it succeeds or fails, and never stops half done.
    /// </remarks>
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

    /// <summary>Records that a recorded action failed.</summary>
    public async Task FailedAsync(Act act)
    {
        try
        {
            await WriteAsync(act with { Action = act.Action + ".failed" });
        }
        catch (Exception e)
        {
            // The caller has to see the action's own failure.
            LogFailureUnrecorded(e, act.Action, act.Subject);
        }
    }

    /// <summary>Writes a record. Returns when it is stored durably.</summary>
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
                    // An empty log needs no link to a previous blob.
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

    /// <returns>The record, with the tail advanced; null when another writer was first and the tail has to be read again.</returns>
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
                await blob.EnsureAsync(CancellationToken.None);
            }

            await blob.AppendAtAsync(tail.Length, line, CancellationToken.None);
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            _tail = null;
            // A retry can find its own record: the first attempt may have succeeded although its response was lost.
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
                // Keys must stay revocable with a damaged log. The damage remains in place, and verification reports it.
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
