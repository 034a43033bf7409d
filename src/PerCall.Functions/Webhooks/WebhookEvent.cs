namespace PerCall.Functions.Webhooks;

/// <summary>What is to be told to an address of a tenant's.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="Account">Its account.</param>
/// <param name="Url">As the tenant gave it; <see cref="WebhookOutbox.Check"/> has seen it.</param>
/// <param name="Id">The event's id for ever: letters, digits, dots, dashes and underscores. Two events of the same id are one.</param>
/// <param name="Type">For example <c>prediction.succeeded</c>.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Data">JSON in UTF-8: the member <c>data</c> of the body.</param>
public sealed record WebhookEvent(string Tenant, string Account, string Url, string Id, string Type, DateTimeOffset Time, byte[] Data);
