using System.Security.Cryptography;
using System.Text;
using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Webhooks.Targets;

/// <summary>A URL that events have been queued for: a row of the table <c>webhooks</c>.</summary>
public sealed class TargetRow : IStoredRow
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

    public int Format { get; set; }

    public string Url { get; set; } = "";

    public DateTimeOffset LastEventAt { get; set; }

    /// <summary>When the receiver answered 410 Gone; null while enabled.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>Failed attempts since the last successful one.</summary>
    public int Failures { get; set; }

    /// <summary>The end of the pause after consecutive failures. No attempt is made before.</summary>
    public DateTimeOffset? PausedUntil { get; set; }

    /// <summary>Returns the id of a URL's target; the same URL has the same id.</summary>
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
