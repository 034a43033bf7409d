using System.Text.Json;

namespace PerCall.Client.Wire;

/// <summary>The body of a webhook.</summary>
/// <param name="Type">For example <c>batch.completed</c>.</param>
/// <param name="Timestamp">When the event happened.</param>
/// <param name="Data">For types that begin with <c>batch.</c> a <see cref="Batch"/>, with <c>prediction.</c> a <see cref="Prediction"/>.</param>
public sealed record WebhookMessage(string Type, DateTimeOffset Timestamp, JsonElement Data);

/// <summary>The secrets that a tenant's webhooks are signed with now.</summary>
/// <param name="Data">The newest first; several while one replaces another.</param>
public sealed record WebhookSecretList(IReadOnlyList<WebhookSecret> Data);

/// <summary>A secret by Standard Webhooks.</summary>
/// <param name="Secret"><c>whsec_</c> and the key in base64.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it signs no more; absent: it has not been replaced.</param>
public sealed record WebhookSecret(string Secret, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null);

/// <summary>The body of <c>POST /v1/webhooks/secret/rotate</c>.</summary>
/// <param name="OverlapSeconds">How long the secrets before it still sign: 0 to 2,592,000; a day where it is left out.</param>
public sealed record RotateWebhookSecretRequest(long? OverlapSeconds = null);

/// <summary>One event on its way to one address.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The event's id, as the header <c>webhook-id</c> has it in every attempt.</summary>
    public required string Id { get; init; }

    /// <summary>For example <c>prediction.succeeded</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The address.</summary>
    public required string Url { get; init; }

    /// <summary>The id of the target that the address is.</summary>
    public required string Target { get; init; }

    /// <summary>
    /// <c>waiting</c>, <c>delivered</c>, <c>failed</c>, <c>disabled</c> where the target had said that it is gone, or <c>dropped</c> where too many
    /// of the tenant's deliveries waited.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>When it was queued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the next attempt is due; absent: there is to be none.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>How many attempts there were.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>Why it was dropped, or failed without a further attempt; absent otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>The last of them, in order; absent in lists.</summary>
    public IReadOnlyList<WebhookAttempt>? Attempts { get; init; }
}

/// <summary>One attempt to deliver an event.</summary>
public sealed record WebhookAttempt
{
    /// <summary>When it began.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The HTTP status that was answered; absent: none was.</summary>
    public int? Status { get; init; }

    /// <summary>Milliseconds to the status, or to the failure; absent while it runs, and where its end is unknown.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What went wrong, as far as the status does not say it.</summary>
    public string? Error { get; init; }

    /// <summary>The first bytes of the answer, 1,024 at most.</summary>
    public string? Response { get; init; }
}

/// <summary>A page of deliveries, newest first.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record WebhookDeliveryList(IReadOnlyList<WebhookDelivery> Data, bool HasMore);

/// <summary>An address that had events.</summary>
public sealed record WebhookTarget
{
    /// <summary>The same for the same address.</summary>
    public required string Id { get; init; }

    /// <summary>The address.</summary>
    public required string Url { get; init; }

    /// <summary><c>enabled</c>, or <c>disabled</c> since it answered 410.</summary>
    public required string Status { get; init; }

    /// <summary>Since when it is disabled.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Until when nothing is sent to it, because it has failed several times in a row; absent: deliveries are sent.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>When the last event for it was queued.</summary>
    public required DateTimeOffset LastEventAt { get; init; }
}

/// <summary>A page of targets, by id.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record WebhookTargetList(IReadOnlyList<WebhookTarget> Data, bool HasMore);
