namespace PerCall.Functions.Audit;

/// <summary>Who does something, and in which request.</summary>
/// <param name="Name"><c>operator</c>, a tenant's key by its public id, or <c>service</c>.</param>
/// <param name="RequestId">Null where no request asked for it.</param>
public sealed record Actor(string Name, string? RequestId)
{
    public static Actor Service { get; } = new("service", null);
}
