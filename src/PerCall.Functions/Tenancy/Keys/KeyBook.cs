using Azure;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>Manages the keys of one tenant, for both the operator's and the tenant's own endpoints.</summary>
public sealed class KeyBook(KeyTable keys, TenantTable tenants, AuditLog audit, Invalidations invalidations, TimeProvider time)
{
    public const int MaxLiveKeys = 100;
    private const int MaxAttempts = 10;
    private static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(30);
    private static readonly TimeSpan UsualOverlap = TimeSpan.FromDays(1);

    private readonly KeyTable _keys = keys;

    public async Task<ApiKeyList> ListAsync(TenantRow tenant, Page page, CancellationToken cancellation)
    {
        var rows = new List<KeyRow>();
        await foreach (var id in _keys.IdsAsync(tenant.Account, page.After, passOverDead: false, cancellation))
        {
            if (rows.Count > page.Limit)
            {
                break;
            }

            if (await _keys.FindAsync(id, cancellation) is { } row)
            {
                rows.Add(row);
            }
        }

        return new([.. rows.Take(page.Limit).Select(r => r.ToWire())], rows.Count > page.Limit);
    }

    /// <exception cref="RefusedException">The request is invalid, or the tenant has too many keys.</exception>
    public async Task<NewApiKey> CreateAsync(TenantRow tenant, CreateKeyRequest request, Actor actor, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var row = RowFor(tenant, DisplayName.Of(request.Name, "key"), KeyRoleNames.Parse(request.Roles), now);
        if (KeyRequests.ExpiryOf(request, now) is { } expires)
        {
            (row.ExpiresAt, row.LifetimeSeconds) = (expires, (long)Math.Ceiling((expires - now).TotalSeconds));
        }

        await RequireRoomAsync(tenant, now, cancellation);
        return await AddAsync(KeyText.New(), row, "key.create", actor);
    }

    /// <summary>
    /// Creates a key with the same name, roles and lifetime. Then sets the old key to expire after the overlap, or at its own expiry if
    /// that is earlier.
    /// </summary>
    /// <exception cref="RefusedException">The tenant has no such key, the key is no longer valid, or there are too many keys.</exception>
    public async Task<NewApiKey> RotateAsync(
        TenantRow tenant, string id, RotateKeyRequest request, Actor actor, CancellationToken cancellation)
    {
        var overlap = request.OverlapSeconds is not { } seconds ? UsualOverlap
            : seconds >= 0 && seconds <= (long)MaxOverlap.TotalSeconds ? TimeSpan.FromSeconds(seconds)
            : throw RefusedException.BadRequest(
                "invalid_overlap", $"'overlap_seconds' is {seconds}; allowed: 0 to {(long)MaxOverlap.TotalSeconds}.", "overlap_seconds");
        var old = await GetAsync(tenant, id, cancellation);
        var now = time.GetUtcNow();
        if (!old.IsLive(now))
        {
            throw new RefusedException(
                StatusCodes.Status409Conflict, "key_not_live", $"The key '{id}' is revoked or expired; create a new key instead.");
        }

        await RequireRoomAsync(tenant, now, cancellation);
        var row = RowFor(tenant, old.Name, (KeyRoles)old.Roles, now);
        if (old.LifetimeSeconds is { } lifetime)
        {
            (row.ExpiresAt, row.LifetimeSeconds) = (now + TimeSpan.FromSeconds(lifetime), lifetime);
        }

        var made = await AddAsync(KeyText.New(), row, "key.create", actor);
        var end = now + overlap;
        await ChangeAsync(
            tenant, id, "key.expire", actor, key =>
                key.ExpiresAt = key.ExpiresAt is { } earlier && earlier < end ? earlier : end, CancellationToken.None);
        return made;
    }

    /// <exception cref="RefusedException">The tenant has no such key.</exception>
    public async Task<ApiKey> RevokeAsync(TenantRow tenant, string id, Actor actor, CancellationToken cancellation) =>
        (await ChangeAsync(tenant, id, "key.revoke", actor, key => key.RevokedAt ??= time.GetUtcNow(), cancellation)).ToWire();

    /// <summary>Ensures that a given key exists for the tenant, is live and has these roles.</summary>
    public async Task EnsureAsync(TenantRow tenant, KeyText text, string name, KeyRoles roles, Actor actor, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var there = await _keys.FindAsync(text.Id, cancellation);
        if (there is null || there.Account != tenant.Account || there.Roles != (int)roles || !there.IsLive(now)
            || !there.Hash.AsSpan().SequenceEqual(text.HashSecret()))
        {
            await AddAsync(text, RowFor(tenant, name, roles, now), "key.create", actor);
        }
    }

    /// <summary>Creates a key with an expiry. It does not count towards the tenant's maximum number of keys.</summary>
    public Task<NewApiKey> CreateForAsync(TenantRow tenant, string name, KeyRoles roles, TimeSpan lifetime, Actor actor)
    {
        var now = time.GetUtcNow();
        var row = RowFor(tenant, name, roles, now);
        (row.ExpiresAt, row.LifetimeSeconds) = (now + lifetime, (long)lifetime.TotalSeconds);
        return AddAsync(KeyText.New(), row, "key.create", actor);
    }

    private static KeyRow RowFor(TenantRow tenant, string name, KeyRoles roles, DateTimeOffset now)
    {
        TenantBook.RequireStaying(tenant);
        return new() { Account = tenant.Account, Tenant = tenant.RowKey, Name = name, Roles = (int)roles, CreatedAt = now };
    }

    private async Task<NewApiKey> AddAsync(KeyText text, KeyRow row, string action, Actor actor)
    {
        (row.PartitionKey, row.Hash) = (text.Id, text.HashSecret());
        await audit.RecordAsync(new(actor, action, Subject(row), After: State(row)), async () =>
        {
            await _keys.AddAsync(row);
            // An erasure that began after the tenant was read may have listed the keys before this one existed.
            if (await tenants.FindAsync(
                row.Tenant, CancellationToken.None) is not { Status: not TenantRow.Erasing } tenant || tenant.Account != row.Account)
            {
                await _keys.RemoveAsync(row.Account, row.PartitionKey);
                throw TenantBook.Unknown(row.Tenant);
            }
        });
        invalidations.Key(text.Id);
        return row.Reveal(text);
    }

    private async Task<KeyRow> ChangeAsync(
        TenantRow tenant, string id, string action, Actor actor, Action<KeyRow> change, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var row = await GetAsync(tenant, id, cancellation);
            var before = State(row);
            change(row);
            var after = State(row);
            if (before.Count == after.Count && before.All(b => after[b.Key] == b.Value))
            {
                return row;
            }

            try
            {
                await audit.RecordAsync(new(actor, action, Subject(row), before, after), () => _keys.UpdateAsync(row));
            }
            catch (RequestFailedException e) when (e.IsPreconditionFailed() && attempt < MaxAttempts)
            {
                continue;
            }

            invalidations.Key(id);
            return row;
        }
    }

    /// <summary>Returns a key of the tenant. A key of another tenant is treated like a key that does not exist.</summary>
    private async Task<KeyRow> GetAsync(TenantRow tenant, string id, CancellationToken cancellation) =>
        KeyText.IsId(id) && await _keys.FindAsync(id, cancellation) is { } row && row.Account == tenant.Account
            ? row
            : throw new RefusedException(StatusCodes.Status404NotFound, "key_not_found", $"Key '{Page.Short(id)}' not found.");

    private async Task RequireRoomAsync(TenantRow tenant, DateTimeOffset now, CancellationToken cancellation)
    {
        var live = 0;
        await foreach (var id in _keys.IdsAsync(tenant.Account, after: null, passOverDead: true, cancellation))
        {
            if (await _keys.FindAsync(id, cancellation) is not { } row)
            {
                continue;
            }

            if (!row.IsLive(now))
            {
                await _keys.MarkDeadAsync(row);
            }
            else if (++live >= MaxLiveKeys)
            {
                throw new RefusedException(
                    StatusCodes.Status409Conflict, "too_many_keys",
                    $"The tenant has {live} valid keys; allowed: at most {MaxLiveKeys}. Revoke one first.");
            }
        }
    }

    private static string Subject(KeyRow row) => $"key/{row.PartitionKey}";

    private static Dictionary<string, string> State(KeyRow row) => new Dictionary<string, string>
    {
        ["tenant"] = row.Tenant,
        ["roles"] = string.Join('+', KeyRoleNames.Of((KeyRoles)row.Roles)),
    }.WithTimes(row);
}
