namespace PerCall.Hosting.Lifetime;

/// <summary>Whether the start is over: until then a failure is reported as a sentence, and not by the loggers of those it passes.</summary>
internal sealed class StartState
{
    public bool Started { get; set; }
}
