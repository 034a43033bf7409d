using System.Collections.Frozen;
using System.Diagnostics;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// Spans of the service. A queue message carries the context of the span that sent it (W3C Trace Context) in <see cref="Member"/>. A call,
/// the shards of its batch and the webhook at its end are therefore one trace. Names and attributes follow OpenTelemetry's semantic
/// conventions; the service's own begin with <c>percall.</c>. Spans contain nothing that a caller sent.
/// </summary>
public static class Traces
{
    public const string SourceName = "PerCall";

    /// <summary>The member of a message that holds its trace context.</summary>
    public const string Member = "traceparent";

    /// <summary>The member of a message that holds the kind of work. It has a small set of values.</summary>
    public const string KindMember = "kind";

    /// <summary>Spans of the parts of a model call.</summary>
    public static readonly FrozenSet<string> Parts = FrozenSet.Create(StringComparer.Ordinal, "queue", "decode", "infer");

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The context for a message sent now; null when nothing listens.</summary>
    public static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Source.Name: SourceName } span ? span.Id : null;

    /// <summary>Starts a span as a child of another process's span, or as the root of a trace.</summary>
    /// <param name="name">From a small set of values.</param>
    /// <param name="kind">The kind of the span.</param>
    /// <param name="parent">
    /// The parent, in the form of <see cref="Member"/> and the header of that name. A malformed value is ignored.
    /// </param>
    /// <param name="state">The header <c>tracestate</c>.</param>
    /// <param name="host">The context of the host's own span for the same work. The span links to it if it is not the parent.</param>
    /// <returns>The span; null when nothing listens.</returns>
    public static Activity? Begin(string name, ActivityKind kind, string? parent, string? state = null, string? host = null)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // The server's own span is not exported, so it must not become the parent.
        Activity.Current = null;
        var hasParent = ActivityContext.TryParse(parent, state, isRemote: true, out var context);
        return !ActivityContext.TryParse(host, null, isRemote: true, out var hosts) ? Source.StartActivity(name, kind, context)
            : hasParent ? Source.StartActivity(name, kind, context, links: [new(hosts)])
            : Source.StartActivity(name, kind, hosts);
    }

    /// <summary>Starts a child of the current span.</summary>
    public static Activity? Begin(string name, ActivityKind kind) => Source.StartActivity(name, kind);

    /// <summary>
    /// Records a part of the current span that has just ended: as its attribute <c>percall.NAME.duration</c> in seconds, and as a child
    /// if the sampler takes it.
    /// </summary>
    /// <param name="name">One of <see cref="Parts"/>.</param>
    /// <param name="end">Its end.</param>
    /// <param name="duration">Its duration; a span with duration zero is not recorded.</param>
    /// <param name="model">The model as name/version.</param>
    public static void Record(string name, DateTimeOffset end, TimeSpan duration, string model)
    {
        if (duration <= TimeSpan.Zero || Activity.Current is not { Source.Name: SourceName } current)
        {
            return;
        }

        current.SetTag($"percall.{name}.duration", duration.TotalSeconds).SetTag("percall.model", model);
        using var part = Source.StartActivity(
            name, ActivityKind.Internal, current.Context, [new("percall.model", model)], startTime: end - duration);
        part?.SetEndTime(end.UtcDateTime);
    }
}
