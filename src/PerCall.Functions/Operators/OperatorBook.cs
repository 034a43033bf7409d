using Azure;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Operators;

/// <summary>Manages named operators' keys.</summary>
public sealed class OperatorBook(OperatorTable table, OperatorDirectory directory, AuditLog audit, TimeProvider time)
{
    /// <summary>Bounds what each instance reads and holds.</summary>
    public const int MaxLiveKeys = 100;

    private const int MaxAttempts = 10;

    public async Task<ApiKeyList> ListAsync(Page page, CancellationToken cancellation)
    {
        var rows = await table.ListAsync(page.After, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        return new([.. rows.Take(page.Limit).Select(r => r.ToWire())], rows.Count > page.Limit);
    }

    /// <exception cref="RefusedException">The request is invalid, or there are too many keys.</exception>
    public async Task<NewApiKey> CreateAsync(CreateKeyRequest request, Actor actor, CancellationToken cancellation)
    {
        var (now, text) = (time.GetUtcNow(), KeyText.New(KeyText.Operator));
        var row = new OperatorRow
        {
            RowKey = text.Id,
            Name = DisplayName.Of(request.Name, "key"),
            Roles = (int)OperatorRoleNames.Parse(request.Roles),
            Hash = text.HashSecret(),
            CreatedAt = now,
            ExpiresAt = KeyRequests.ExpiryOf(request, now),
        };
        await RequireRoomAsync(now, cancellation);
        await audit.RecordAsync(new(actor, "operator.create", Subject(row), After: State(row)), () => table.AddAsync(row));
        directory.Forget();
        return row.Reveal(text);
    }

    /// <summary>Revokes a key. A revoked key stays in the list.</summary>
    /// <exception cref="RefusedException">There is no such key.</exception>
    public async Task<ApiKey> RevokeAsync(string id, Actor actor, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var row = KeyText.IsId(id) && await table.FindAsync(id, cancellation) is { } found
                ? found
                : throw new RefusedException(
                    StatusCodes.Status404NotFound, "key_not_found", $"Operator's key '{Page.Short(id)}' not found.");
            if (row.RevokedAt is not null)
            {
                return row.ToWire();
            }

            var before = State(row);
            (row.RevokedAt, row.Live) = (time.GetUtcNow(), false);
            try
            {
                await audit.RecordAsync(new(actor, "operator.revoke", Subject(row), before, State(row)), () => table.UpdateAsync(row));
            }
            catch (RequestFailedException e) when (e.IsPreconditionFailed() && attempt < MaxAttempts)
            {
                continue;
            }

            directory.Forget();
            return row.ToWire();
        }
    }

    private async Task RequireRoomAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var live = 0;
        await foreach (var row in table.LiveAsync(cancellation))
        {
            if (!row.IsLive(now))
            {
                await RetireAsync(row);
            }
            else if (++live >= MaxLiveKeys)
            {
                throw new RefusedException(
                    StatusCodes.Status409Conflict, "too_many_keys",
                    $"There are {live} valid operators' keys; allowed: at most {MaxLiveKeys}. Revoke one first.");
            }
        }
    }

    /// <summary>Excludes an expired key from lookups.</summary>
    private async Task RetireAsync(OperatorRow row)
    {
        row.Live = false;
        try
        {
            await table.UpdateAsync(row);
        }
        catch (RequestFailedException e) when (e.IsPreconditionFailed())
        {
            // Somebody revokes or retires it now.
        }
    }

    private static string Subject(OperatorRow row) => $"operator/{row.RowKey}";

    private static Dictionary<string, string> State(OperatorRow row) =>
        new Dictionary<string, string> { ["roles"] = string.Join('+', OperatorRoleNames.Of((OperatorRoles)row.Roles)) }.WithTimes(row);
}
