namespace PerCall.Hosting.Lifetime;

/// <summary>The service cannot start. Each reason is one sentence.</summary>
internal sealed class StartException(params IReadOnlyCollection<string> faults) : Exception(string.Join('\n', faults))
{
    public IReadOnlyCollection<string> Faults { get; } = faults;
}
