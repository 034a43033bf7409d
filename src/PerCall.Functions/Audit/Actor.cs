namespace PerCall.Functions.Audit;

/// <summary>Identifies who performs an action, and in which request.</summary>
/// <param name="Name"><c>operator</c>, a tenant's key by its public id, or <c>service</c>.</param>
/// <param name="RequestId">Null when the action does not come from a request.</param>
public sealed record Actor(string Name, string? RequestId)
{
    public static Actor Service { get; } = new("service", null);
}
