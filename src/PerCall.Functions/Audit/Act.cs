namespace PerCall.Functions.Audit;

/// <summary>A management action as it is recorded. It never contains a secret or the name of a person or company.</summary>
/// <param name="Actor">Who performs the action.</param>
/// <param name="Action">For example <c>tenant.create</c>.</param>
/// <param name="Subject">The resource, for example <c>tenant/acme</c>.</param>
/// <param name="Before">The previous state; null when the resource did not exist.</param>
/// <param name="After">The new state; null when the resource is removed.</param>
public sealed record Act(
    Actor Actor, string Action, string Subject, IReadOnlyDictionary<string, string>? Before = null,
    IReadOnlyDictionary<string, string>? After = null);
