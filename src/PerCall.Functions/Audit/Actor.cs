namespace PerCall.Functions.Audit;

/// <summary>Identifies who performs an action, and in which request.</summary>
/// <param name="Name">
/// <c>operator</c> for the operator's key, <c>operator:</c> and an id for a named operator's key, a tenant's key by its public id,
/// <c>service</c>, or <c>unknown</c> for a wrong key.
/// </param>
/// <param name="RequestId">Null when the action does not come from a request.</param>
public sealed record Actor(string Name, string? RequestId)
{
    public static Actor Service { get; } = new("service", null);
}
