namespace PerCall.Functions.Audit;

/// <summary>An act of management, as it is recorded. Never with a secret, nor with what names a person or company.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Action">For example <c>tenant.create</c>.</param>
/// <param name="Subject">To what, for example <c>tenant/acme</c>.</param>
/// <param name="Before">How it was; null: there was none.</param>
/// <param name="After">How it is to be; null: there is to be none.</param>
public sealed record Act(
    Actor Actor, string Action, string Subject, IReadOnlyDictionary<string, string>? Before = null,
    IReadOnlyDictionary<string, string>? After = null);
