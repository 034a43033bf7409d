using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Callers;

/// <summary>
/// Resolves keys to callers. Entries are cached for at most 20 seconds, and refreshed in the background from the eighth second on. A
/// revocation, a suspension or a plan change therefore takes effect on every instance within half a minute, and calls with a busy key never
/// wait for storage.
/// </summary>
public sealed partial class CallerDirectory(
    KeyTable keys, TenantTable tenants, PlanTable plans, Invalidations invalidations, TimeProvider time,
    ILogger<CallerDirectory> log) : IDisposable
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RefreshAge = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan MaxAgeOfNothing = TimeSpan.FromSeconds(10);
    private const int MaxEntries = 10_000;

    // A separate cache, so that invalid keys cannot evict valid ones.
    private readonly MemoryCache _valid = new(new MemoryCacheOptions { SizeLimit = MaxEntries });
    private readonly MemoryCache _invalid = new(new MemoryCacheOptions { SizeLimit = MaxEntries });
    private readonly ConcurrentDictionary<string, Task<KnownKey>> _reading = new(StringComparer.Ordinal);

    /// <summary>Whether no lookup is running, neither for a call nor in the background.</summary>
    public bool IsIdle => _reading.IsEmpty;

    /// <param name="keyText">The key as it was sent.</param>
    /// <param name="cancellation">Cancels the wait, not the lookup: other calls may wait for it too.</param>
    /// <returns>The caller; null when the key is invalid for any reason.</returns>
    /// <exception cref="RefusedException">403: the key is valid, but its tenant is suspended.</exception>
    public async ValueTask<Caller?> FindAsync(string keyText, CancellationToken cancellation)
    {
        if (KeyText.Parse(keyText) is not { } text)
        {
            return null;
        }

        // A hash of the whole text: a wrong secret misses the cache like a wrong id, and keys do not stay in memory.
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(keyText)));
        var known = Remembered(hash);
        if (known is null)
        {
            known = await ReadOnceAsync(hash, text).WaitAsync(cancellation);
        }
        else if (known.Valid is not null && time.GetElapsedTime(known.ReadAt) >= RefreshAge)
        {
            _ = ReadOnceAsync(hash, text);
        }

        return CallerOf(known);
    }

    public void Dispose()
    {
        _valid.Dispose();
        _invalid.Dispose();
    }

    private Caller? CallerOf(KnownKey known)
    {
        var now = time.GetUtcNow();
        if (known.Valid is not { } valid || !valid.Key.IsLive(now) || valid.Tenant.Status == TenantRow.Erasing)
        {
            return null;
        }

        return valid.Tenant.Status == TenantRow.Active
            ? new Caller(valid.Tenant.RowKey, valid.Tenant.Account, valid.Key.PartitionKey, (KeyRoles)valid.Key.Roles, valid.Plan.At(now))
            : throw new RefusedException(
                StatusCodes.Status403Forbidden, "tenant_suspended",
                $"The tenant '{valid.Tenant.RowKey}' is suspended; contact the operator.");
    }

    private KnownKey? Remembered(string hash)
    {
        if (_valid.TryGetValue(hash, out KnownKey? known) && IsFresh(known!, MaxAge))
        {
            return known;
        }

        return _invalid.TryGetValue(hash, out known) && IsFresh(known!, MaxAgeOfNothing) ? known : null;
    }

    private bool IsFresh(KnownKey known, TimeSpan maxAge) =>
        time.GetElapsedTime(known.ReadAt) < maxAge && !invalidations.HaveChanged(
            known.Mark, known.Id, known.Valid?.Tenant.RowKey, known.Valid?.Plan.Id);

    /// <summary>Runs at most one lookup per key at a time, however many calls wait for it.</summary>
    private async Task<KnownKey> ReadOnceAsync(string hash, KeyText text)
    {
        while (true)
        {
            var mine = new TaskCompletionSource<KnownKey>(TaskCreationOptions.RunContinuationsAsynchronously);
            var running = _reading.GetOrAdd(hash, mine.Task);
            if (running == mine.Task)
            {
                await RunAsync(hash, text, mine);
                return await mine.Task;
            }

            var known = await running;
            // A lookup that overlaps a change by this instance may have read the old state.
            if (!invalidations.HaveChanged(known.Mark, known.Id, known.Valid?.Tenant.RowKey, known.Valid?.Plan.Id))
            {
                return known;
            }
        }
    }

    private async Task RunAsync(string hash, KeyText text, TaskCompletionSource<KnownKey> done)
    {
        try
        {
            var known = await ReadAsync(text);
            Remember(hash, known);
            _reading.TryRemove(hash, out _);
            done.SetResult(known);
        }
        catch (Exception e)
        {
            _reading.TryRemove(hash, out _);
            LogUnread(e, text.Id);
            done.SetException(e);
            // Marks the exception as observed, in case nothing waits for it.
            _ = done.Task.Exception;
        }
    }

    private void Remember(string hash, KnownKey known)
    {
        var (into, outOf, age) = known.Valid is null ? (_invalid, _valid, MaxAgeOfNothing) : (_valid, _invalid, MaxAge);
        outOf.Remove(hash);
        into.Set(hash, known, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = age });
    }

    private async Task<KnownKey> ReadAsync(KeyText text)
    {
        var (readAt, mark) = (time.GetTimestamp(), invalidations.Mark());
        var none = new KnownKey(text.Id, null, readAt, mark);
        var key = await keys.FindAsync(text.Id, CancellationToken.None);
        if (key is null || !CryptographicOperations.FixedTimeEquals(key.Hash, text.HashSecret()))
        {
            return none;
        }

        // The tenant's id may have been reused; the account cannot be.
        if (await tenants.FindAsync(key.Tenant, CancellationToken.None) is not { } tenant || tenant.Account != key.Account)
        {
            return none;
        }

        var plan = await plans.FindAsync(tenant.Plan, CancellationToken.None)
            ?? throw new InvalidOperationException($"The plan '{tenant.Plan}' of the tenant '{tenant.RowKey}' is missing from storage.");
        return none with { Valid = new(key, tenant, plan) };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to read the key {Key}")]
    private partial void LogUnread(Exception exception, string key);
}
