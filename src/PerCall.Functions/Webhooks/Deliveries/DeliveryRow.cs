using System.Runtime.Serialization;
using System.Text.Json;
using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>The delivery of one event to one URL: a row of the table <c>webhooks</c>, which is also its log entry.</summary>
public sealed class DeliveryRow : ITurnRow
{
    /// <summary>An attempt is pending or running.</summary>
    public const string Waiting = "waiting";
    public const string Delivered = "delivered";

    /// <summary>All attempts have failed.</summary>
    public const string Failed = "failed";

    /// <summary>The target answered 410 Gone.</summary>
    public const string Disabled = "disabled";

    /// <summary>The delivery was not accepted, because too many were waiting.</summary>
    public const string Dropped = "dropped";

    /// <summary>The columns that lists read.</summary>
    public static readonly string[] Columns =
        [nameof(PartitionKey), nameof(RowKey), nameof(Id), nameof(Type), nameof(Url), nameof(Target), nameof(State), nameof(CreatedAt),
            nameof(Due), nameof(AttemptCount), nameof(Error)];

    // A table property can hold 64 KiB.
    private const int MaxLog = 60_000;

    /// <summary>The account.</summary>
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    /// <summary>The id of the event.</summary>
    public string Id { get; set; } = "";

    public string Type { get; set; } = "";

    public string Url { get; set; } = "";

    /// <summary>The id of the target.</summary>
    public string Target { get; set; } = "";

    public string State { get; set; } = Waiting;

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the next attempt is due; during an attempt, when it counts as lost.</summary>
    public DateTimeOffset? Due { get; set; }

    public DateTimeOffset? LookAfter { get; set; }

    public string? Watch { get; set; }

    /// <summary>How often a sweep has sent a message that no instance received.</summary>
    public int Resent { get; set; }

    /// <summary>Attempts since the delivery was queued or last sent again on request.</summary>
    public int Tries { get; set; }

    public int AttemptCount { get; set; }

    /// <summary>A random id of the running attempt.</summary>
    public string? Claim { get; set; }

    public string? Place { get; set; }

    /// <summary>Why the delivery failed, if its attempts do not show it.</summary>
    public string? Error { get; set; }

    /// <summary>The body if it is short; else the body is a blob.</summary>
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

    /// <summary>Records the delivery in the log without sending it.</summary>
    public void Drop(string error) => End(Dropped, error);

    /// <summary>Ends the delivery: no further attempt is made.</summary>
    /// <param name="state">The final state.</param>
    /// <param name="error">The reason, if the attempts do not show it.</param>
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
