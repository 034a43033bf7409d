namespace PerCall.Functions.Webhooks;

/// <summary>An event to deliver to a tenant's webhook URL.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="Account">The tenant's account.</param>
/// <param name="Url">The URL as the tenant gave it, already checked with <see cref="WebhookOutbox.Check"/>.</param>
/// <param name="Id">
/// The event's permanent id: letters, digits, dots, dashes and underscores. Two events with the same id are one event.
/// </param>
/// <param name="Type">The type, for example <c>prediction.succeeded</c>.</param>
/// <param name="Time">When the event happened.</param>
/// <param name="Data">The member <c>data</c> of the body, as JSON in UTF-8.</param>
public sealed record WebhookEvent(string Tenant, string Account, string Url, string Id, string Type, DateTimeOffset Time, byte[] Data);
