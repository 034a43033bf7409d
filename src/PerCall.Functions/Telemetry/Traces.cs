using System.Diagnostics;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// Spans of the service. A message of a queue carries the context of the span that sent it (W3C Trace Context) in <see cref="Member"/>, so
/// that a call, the shards of its batch and the webhook that tells of its end are one trace. Names and attributes follow OpenTelemetry's
/// semantic conventions; what is the service's own begins with <c>percall.</c>. Nothing that a caller sent is in them.
/// </summary>
public static class Traces
{
    public const string SourceName = "PerCall";

    /// <summary>The member of a message in which its context is.</summary>
    public const string Member = "traceparent";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>What a message that is sent now is to carry; null: nobody listens.</summary>
    public static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Source.Name: SourceName } span ? span.Id : null;

    /// <summary>Begins a span as a part of what another process began, or as the first of its trace.</summary>
    /// <param name="name">Of few values.</param>
    /// <param name="kind">Of the span.</param>
    /// <param name="parent">As <see cref="Member"/> or the header of that name has it; what is not well-formed counts as none.</param>
    /// <param name="state">The header <c>tracestate</c>.</param>
    /// <returns>Null: nobody listens.</returns>
    public static Activity? Begin(string name, ActivityKind kind, string? parent, string? state = null)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // The server's own span, which nobody exports, is no parent.
        Activity.Current = null;
        ActivityContext.TryParse(parent, state, isRemote: true, out var context);
        return Source.StartActivity(name, kind, context);
    }

    /// <summary>Begins a part of the span that is current.</summary>
    public static Activity? Begin(string name, ActivityKind kind) => Source.StartActivity(name, kind);

    /// <summary>A part of the current span that has just ended.</summary>
    /// <param name="name">Of few values.</param>
    /// <param name="end">When.</param>
    /// <param name="duration">How long it took; nothing: it is left out.</param>
    /// <param name="model">That it ran on, as name/version.</param>
    public static void Record(string name, DateTimeOffset end, TimeSpan duration, string model)
    {
        if (duration <= TimeSpan.Zero || Activity.Current is not { Source.Name: SourceName } current)
        {
            return;
        }

        using var part = Source.StartActivity(
            name, ActivityKind.Internal, current.Context, [new("percall.model", model)], startTime: end - duration);
        part?.SetEndTime(end.UtcDateTime);
    }
}
