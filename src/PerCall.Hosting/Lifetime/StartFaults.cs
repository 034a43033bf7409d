namespace PerCall.Hosting.Lifetime;

/// <summary>Errors found while the host was assembled.</summary>
internal sealed record StartFaults(IReadOnlyCollection<string> Messages);
