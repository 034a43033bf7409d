using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>A key's row, of a tenant or of an operator.</summary>
public interface IKeyRow
{
    DateTimeOffset? ExpiresAt { get; }

    DateTimeOffset? RevokedAt { get; }

    /// <summary>Returns the key without its secret.</summary>
    ApiKey ToWire();
}

/// <summary>What both kinds of keys have in common.</summary>
public static class StoredKey
{
    /// <summary>Returns whether calls with the key are accepted.</summary>
    public static bool IsLive(this IKeyRow row, DateTimeOffset now) =>
        row.RevokedAt is null && (row.ExpiresAt is null || row.ExpiresAt > now);

    /// <summary>Returns a key that was just created, with its text, which is shown only now.</summary>
    public static NewApiKey Reveal(this IKeyRow row, KeyText text)
    {
        var key = row.ToWire();
        return new()
        {
            Id = key.Id,
            Name = key.Name,
            Roles = key.Roles,
            CreatedAt = key.CreatedAt,
            ExpiresAt = key.ExpiresAt,
            Key = text.Reveal(),
        };
    }

    /// <summary>Adds the times of a key to its state in the audit log.</summary>
    public static Dictionary<string, string> WithTimes(this Dictionary<string, string> state, IKeyRow row)
    {
        if (row.ExpiresAt is { } expires)
        {
            state["expires_at"] = expires.UtcDateTime.ToString("O");
        }

        if (row.RevokedAt is { } revoked)
        {
            state["revoked_at"] = revoked.UtcDateTime.ToString("O");
        }

        return state;
    }
}
