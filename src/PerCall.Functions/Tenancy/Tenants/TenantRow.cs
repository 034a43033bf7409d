using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Tenancy.Tenants;

/// <summary>A tenant as stored.</summary>
public sealed class TenantRow : IStoredRow
{
    public const string Partition = "tenant";
    public const string Active = "active";
    public const string Suspended = "suspended";
    public const string Erasing = "erasing";

    /// <summary>Only the id remains. It cannot be used again.</summary>
    public const string Erased = "erased";

    public string PartitionKey { get; set; } = Partition;

    /// <summary>The tenant's id.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    public string Account { get; set; } = "";

    public string Name { get; set; } = "";

    public string Plan { get; set; } = "";

    public string Status { get; set; } = Active;

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the tenant became inactive and its keys stopped working; null while it is active.</summary>
    public DateTimeOffset? InactiveSince { get; set; }

    public Tenant ToWire() => new() { Id = RowKey, Account = Account, Name = Name, Plan = Plan, Status = Status, CreatedAt = CreatedAt };
}
