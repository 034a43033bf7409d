using System.Runtime.Serialization;
using System.Text.Json;
using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>One event on its way to one address: a row of the table <c>webhooks</c>, and its entry in the log.</summary>
public sealed class DeliveryRow : ITurnRow
{
    /// <summary>An attempt is to come, or is being made.</summary>
    public const string Waiting = "waiting";
    public const string Delivered = "delivered";

    /// <summary>No attempt is left.</summary>
    public const string Failed = "failed";

    /// <summary>Its target had said that it is gone.</summary>
    public const string Disabled = "disabled";

    /// <summary>It was not taken in, because too many waited.</summary>
    public const string Dropped = "dropped";

    /// <summary>What lists show.</summary>
    public static readonly string[] Columns =
        [nameof(PartitionKey), nameof(RowKey), nameof(Id), nameof(Type), nameof(Url), nameof(Target), nameof(State), nameof(CreatedAt),
            nameof(Due), nameof(AttemptCount), nameof(Error)];

    // A property of a table's row holds 64 KiB.
    private const int MaxLog = 60_000;

    /// <summary>The account.</summary>
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>The event's.</summary>
    public string Id { get; set; } = "";

    public string Type { get; set; } = "";

    public string Url { get; set; } = "";

    /// <summary>Id of the target.</summary>
    public string Target { get; set; } = "";

    public string State { get; set; } = Waiting;

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the next attempt is to be made; while one runs, when it is taken for lost.</summary>
    public DateTimeOffset? Due { get; set; }

    public DateTimeOffset? LookAfter { get; set; }

    public string? Watch { get; set; }

    /// <summary>How often a sweep has sent it again without anybody coming to it.</summary>
    public int Resent { get; set; }

    /// <summary>Attempts since it was queued, or since somebody asked for it again.</summary>
    public int Tries { get; set; }

    public int AttemptCount { get; set; }

    /// <summary>Drawn for the attempt that is being made.</summary>
    public string? Claim { get; set; }

    public string? Place { get; set; }

    /// <summary>Why it ended without having been delivered, where its attempts do not say it.</summary>
    public string? Error { get; set; }

    /// <summary>What is sent, where it is short; else it is a blob.</summary>
    public byte[]? Body { get; set; }

    /// <summary>The last attempts, as JSON.</summary>
    public byte[]? Log { get; set; }

    [IgnoreDataMember]
    public string Lane => Target;

    [IgnoreDataMember]
    public IReadOnlyList<WebhookAttempt> Attempts
    {
        get => Log is { } log ? JsonSerializer.Deserialize(log, WireJson.Readable.IReadOnlyListWebhookAttempt)! : [];
        set
        {
            var kept = value;
            while ((Log = JsonSerializer.SerializeToUtf8Bytes(kept, WireJson.Readable.IReadOnlyListWebhookAttempt)).Length > MaxLog)
            {
                kept = [.. kept.Skip(1)];
            }
        }
    }

    /// <summary>It is in the log, and not sent.</summary>
    public void Drop(string error) => End(Dropped, error);

    /// <summary>No attempt is to come.</summary>
    /// <param name="state">How it has ended.</param>
    /// <param name="error">Why, where its attempts do not say it.</param>
    public void End(string state, string? error = null) => (State, Due, LookAfter, Claim, Error) = (state, null, null, null, error);

    public WebhookDelivery ToWire(bool whole) => new()
    {
        Id = Id,
        Type = Type,
        Url = Url,
        Target = Target,
        Status = State,
        CreatedAt = CreatedAt,
        NextAttemptAt = State == Waiting ? Due : null,
        AttemptCount = AttemptCount,
        Error = Error,
        Attempts = whole ? Attempts : null,
    };
}
