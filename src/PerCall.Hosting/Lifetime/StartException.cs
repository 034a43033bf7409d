namespace PerCall.Hosting.Lifetime;

/// <summary>The service cannot start, for reasons that each read as one sentence.</summary>
internal sealed class StartException(params IReadOnlyCollection<string> faults) : Exception(string.Join('\n', faults))
{
    public IReadOnlyCollection<string> Faults { get; } = faults;
}
