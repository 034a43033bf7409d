using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using PerCall.Client.Wire;

namespace PerCall.Functions.Webhooks.Targets;

/// <summary>An address that events have been queued for: a row of the table <c>webhooks</c>.</summary>
public sealed class TargetRow : ITableEntity
{
    public const string Prefix = "t|";
    public const string Enabled = "enabled";
    public const string Disabled = "disabled";

    private const string IdPrefix = "wht_";
    private const int IdBytes = 12;

    /// <summary>The account.</summary>
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public string Url { get; set; } = "";

    public DateTimeOffset LastEventAt { get; set; }

    /// <summary>Since it has said that it is gone; null: it takes events.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>Attempts that failed since the last one that did not.</summary>
    public int Failures { get; set; }

    /// <summary>Until when no attempt is made, after failures in a row.</summary>
    public DateTimeOffset? PausedUntil { get; set; }

    /// <summary>The same for the same address.</summary>
    public static string IdOf(string url) =>
        IdPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)).AsSpan(0, IdBytes));

    public WebhookTarget ToWire() => new()
    {
        Id = RowKey[Prefix.Length..],
        Url = Url,
        Status = DisabledAt is null ? Enabled : Disabled,
        DisabledAt = DisabledAt,
        PausedUntil = PausedUntil > TargetBreaker.Never ? PausedUntil : null,
        LastEventAt = LastEventAt,
    };
}
