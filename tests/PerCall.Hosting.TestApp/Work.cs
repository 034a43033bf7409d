namespace PerCall.Hosting.TestApp;

/// <summary>A message of the work queue.</summary>
/// <param name="Task">Which one, as the function says on the output.</param>
/// <param name="Behaviour">ok, fail, fail-once, hang, deaf, or gated (until its test opens the gate of its name).</param>
/// <param name="Tenant">Arrives as binding data, too.</param>
public sealed record Work(string Task, string Behaviour, string? Tenant = null);
