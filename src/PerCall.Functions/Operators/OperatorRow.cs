using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Operators;

/// <summary>
/// An operator's key as stored, without its secret. The row stays after a revocation, so that the audit log's ids have a name.
/// </summary>
public sealed class OperatorRow : IStoredRow, IKeyRow
{
    public const string Partition = "operator";

    public string PartitionKey { get; set; } = Partition;

    /// <summary>The key's id.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    public string Name { get; set; } = "";

    /// <summary><see cref="OperatorRoles"/> as a number.</summary>
    public int Roles { get; set; }

    /// <summary>SHA-256 of the secret.</summary>
    public byte[] Hash { get; set; } = [];

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>False when the key is permanently invalid, so that lookups need not read it.</summary>
    public bool Live { get; set; } = true;

    public ApiKey ToWire() => new()
    {
        Id = RowKey,
        Name = Name,
        Roles = OperatorRoleNames.Of((OperatorRoles)Roles),
        CreatedAt = CreatedAt,
        ExpiresAt = ExpiresAt,
        RevokedAt = RevokedAt,
    };
}
