namespace PerCall.Hosting.Lifetime;

/// <summary>
/// Whether the start is complete. Until then a failure is reported as one sentence, and not also by the loggers that it passes.
/// </summary>
internal sealed class StartState
{
    public bool Started { get; set; }
}
