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
/// Who a key's holder is. Remembered for 20 seconds at most, and read anew beside the calls from the eighth on, so that a revocation, a
/// suspension or another plan takes hold on every instance within half a minute, and no call of a busy key waits for storage.
/// </summary>
public sealed partial class CallerDirectory(
    KeyTable keys, TenantTable tenants, PlanTable plans, Invalidations invalidations, TimeProvider time,
    ILogger<CallerDirectory> log) : IDisposable
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RefreshAge = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan MaxAgeOfNothing = TimeSpan.FromSeconds(10);
    private const int MaxEntries = 10_000;

    // Apart, so that any number of wrong keys cannot push out the right ones.
    private readonly MemoryCache _valid = new(new MemoryCacheOptions { SizeLimit = MaxEntries });
    private readonly MemoryCache _invalid = new(new MemoryCacheOptions { SizeLimit = MaxEntries });
    private readonly ConcurrentDictionary<string, Task<KnownKey>> _reading = new(StringComparer.Ordinal);

    /// <summary>Whether no reading is under way, neither for a call nor beside one.</summary>
    public bool IsIdle => _reading.IsEmpty;

    /// <param name="keyText">As it was sent.</param>
    /// <param name="cancellation">Ends the waiting, not the reading: others may wait for it too.</param>
    /// <returns>Null where the key opens nothing, for whatever reason.</returns>
    /// <exception cref="RefusedException">403: the key is right, and its tenant suspended.</exception>
    public async ValueTask<Caller?> FindAsync(string keyText, CancellationToken cancellation)
    {
        if (KeyText.Parse(keyText) is not { } text)
        {
            return null;
        }

        // Of the whole text, so that a wrong secret is as unknown as a wrong id; and so that no key lies in memory.
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

    /// <summary>One reading at a time of one key, however many wait for it.</summary>
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
            // A reading that was under way when this instance changed something may have seen it as it was.
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
            // Nobody may be waiting for it.
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

        // The tenant's id may be another's by now; the account cannot.
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
