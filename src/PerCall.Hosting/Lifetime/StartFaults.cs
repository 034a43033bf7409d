namespace PerCall.Hosting.Lifetime;

/// <summary>What was found wrong while the host was put together.</summary>
internal sealed record StartFaults(IReadOnlyCollection<string> Messages);
