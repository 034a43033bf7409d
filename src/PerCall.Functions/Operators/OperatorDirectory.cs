using System.Collections.Frozen;
using System.Security.Cryptography;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>
/// Resolves named operators' keys. There are few, so an instance reads all valid ones with one query, at most every ten seconds. A wrong
/// key therefore costs no query of its own, and a revocation takes effect on every instance within that time.
/// </summary>
public sealed class OperatorDirectory(OperatorTable table, TimeProvider time)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private (FrozenDictionary<string, OperatorRow> Rows, long ReadAt)? _known;
    private Task<FrozenDictionary<string, OperatorRow>>? _reading;
    private int _change;

    /// <summary>Returns the operator; null when the key is invalid for any reason.</summary>
    /// <param name="key">The key as it was sent.</param>
    /// <param name="cancellation">Cancels the wait, not the query: other calls may wait for it too.</param>
    public async ValueTask<Operator?> FindAsync(string key, CancellationToken cancellation)
    {
        if (KeyText.Parse(key, KeyText.Operator) is not { } text)
        {
            return null;
        }

        var rows = await RowsAsync().WaitAsync(cancellation);
        return rows.TryGetValue(text.Id, out var row)
            && CryptographicOperations.FixedTimeEquals(row.Hash, text.HashSecret())
            && row.IsLive(time.GetUtcNow())
            ? new Operator(row.RowKey, row.Name, (OperatorRoles)row.Roles)
            : null;
    }

    /// <summary>Makes the next lookup read the keys again, after this instance has changed one.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            // A query that is running may have read the old state.
            (_known, _reading, _change) = (null, null, _change + 1);
        }
    }

    private Task<FrozenDictionary<string, OperatorRow>> RowsAsync()
    {
        lock (_lock)
        {
            return _known is { } known && time.GetElapsedTime(known.ReadAt) < MaxAge ? Task.FromResult(known.Rows)
                : _reading ??= ReadAsync(_change);
        }
    }

    private async Task<FrozenDictionary<string, OperatorRow>> ReadAsync(int change)
    {
        // Lets the caller store this task before it ends.
        await Task.Yield();
        var readAt = time.GetTimestamp();
        FrozenDictionary<string, OperatorRow>? rows = null;
        try
        {
            var live = await table.LiveAsync(CancellationToken.None).ToListAsync(CancellationToken.None);
            return rows = live.ToFrozenDictionary(r => r.RowKey, StringComparer.Ordinal);
        }
        finally
        {
            lock (_lock)
            {
                if (_change == change)
                {
                    _known = rows is null ? null : (rows, readAt);
                    _reading = null;
                }
            }
        }
    }
}
