using System.Text.Json;

namespace PerCall.Client.Wire;

/// <summary>The body of a webhook.</summary>
/// <param name="Type">For example <c>batch.completed</c>.</param>
/// <param name="Timestamp">When the event happened.</param>
/// <param name="Data">For types that begin with <c>batch.</c> a <see cref="Batch"/>, with <c>prediction.</c> a
/// <see cref="Prediction"/>.</param>
public sealed record WebhookMessage(string Type, DateTimeOffset Timestamp, JsonElement Data);

/// <summary>The current signing secrets of a tenant's webhooks.</summary>
/// <param name="Data">The secrets, newest first. During a rotation there are several.</param>
public sealed record WebhookSecretList(IReadOnlyList<WebhookSecret> Data);

/// <summary>A signing secret as defined by Standard Webhooks.</summary>
/// <param name="Secret">The secret: <c>whsec_</c> and the key in base64.</param>
/// <param name="CreatedAt">Time of creation.</param>
/// <param name="ExpiresAt">When the secret stops signing; absent until it is replaced.</param>
public sealed record WebhookSecret(string Secret, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null);

/// <summary>The body of <c>POST /v1/webhooks/secret/rotate</c>.</summary>
/// <param name="OverlapSeconds">How long the previous secrets keep signing, in seconds: 0 to 2,592,000; a day if omitted.</param>
public sealed record RotateWebhookSecretRequest(long? OverlapSeconds = null);

/// <summary>The delivery of an event to an address.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The event's id: the header <c>webhook-id</c> of every attempt.</summary>
    public required string Id { get; init; }

    /// <summary>The event type, for example <c>prediction.succeeded</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The address.</summary>
    public required string Url { get; init; }

    /// <summary>The id of the address as a target.</summary>
    public required string Target { get; init; }

    /// <summary>
    /// <c>waiting</c>, <c>delivered</c>, <c>failed</c>, <c>disabled</c> because the target returned 410, or <c>dropped</c> because too
    /// many of the tenant's deliveries were waiting.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>When the delivery was queued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the next attempt is due; absent if there is none.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The number of attempts.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>Why the delivery was dropped or failed without another attempt; absent otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>The last attempts, in order; absent in lists.</summary>
    public IReadOnlyList<WebhookAttempt>? Attempts { get; init; }
}

/// <summary>An attempt to deliver an event.</summary>
public sealed record WebhookAttempt
{
    /// <summary>When the attempt started.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The HTTP status of the response; absent if there was no response.</summary>
    public int? Status { get; init; }

    /// <summary>Milliseconds until the status or the failure; absent while the attempt runs, or if its end is unknown.</summary>
    public long? DurationMs { get; init; }

    /// <summary>The error, if the status does not explain it.</summary>
    public string? Error { get; init; }

    /// <summary>The first bytes of the response body, at most 1,024.</summary>
    public string? Response { get; init; }
}

/// <summary>A page of deliveries, newest first.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record WebhookDeliveryList(IReadOnlyList<WebhookDelivery> Data, bool HasMore);

/// <summary>An address that received events.</summary>
public sealed record WebhookTarget
{
    /// <summary>The target's id. It is the same for the same address.</summary>
    public required string Id { get; init; }

    /// <summary>The address.</summary>
    public required string Url { get; init; }

    /// <summary><c>enabled</c>, or <c>disabled</c> after it returned 410.</summary>
    public required string Status { get; init; }

    /// <summary>When the target was disabled.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>When deliveries resume, after several failures in a row paused them; absent if deliveries are not paused.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>When the last event for the target was queued.</summary>
    public required DateTimeOffset LastEventAt { get; init; }
}

/// <summary>A page of targets, ordered by id.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record WebhookTargetList(IReadOnlyList<WebhookTarget> Data, bool HasMore);
