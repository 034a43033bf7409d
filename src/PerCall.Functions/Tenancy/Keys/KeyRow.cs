using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>A key as stored, without its secret.</summary>
public sealed class KeyRow : IStoredRow, IKeyRow
{
    public const string Row = "key";

    /// <summary>The key's id.</summary>
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = Row;

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    public string Account { get; set; } = "";

    public string Tenant { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary><see cref="KeyRoles"/> as a number.</summary>
    public int Roles { get; set; }

    /// <summary>SHA-256 of the secret.</summary>
    public byte[] Hash { get; set; } = [];

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The key's lifetime in seconds; its replacement gets the same. Null: the key does not expire.</summary>
    public long? LifetimeSeconds { get; set; }

    public ApiKey ToWire() => new()
    {
        Id = PartitionKey,
        Name = Name,
        Roles = KeyRoleNames.Of((KeyRoles)Roles),
        CreatedAt = CreatedAt,
        ExpiresAt = ExpiresAt,
        RevokedAt = RevokedAt,
    };
}
