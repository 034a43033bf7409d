using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// The service's metrics. Names and attributes follow OpenTelemetry's semantic conventions; the service's own begin with
/// <c>percall.</c>. No attribute identifies a tenant.
/// </summary>
public static class Measures
{
    public const string MeterName = "PerCall";
    public const string RequestDuration = "http.server.request.duration";
    public const string InvocationDuration = "faas.invoke_duration";
    public const string RunDuration = "percall.model.run.duration";

    // A gauge that was not set for this long belongs to an instance that no longer measures it.
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(150);

    private static readonly Meter Meter = new(MeterName);

    // The conventions' buckets for requests, and longer ones for functions.
    private static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300] };
    private static readonly InstrumentAdvice<double> Parts =
        new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };
    private static readonly Histogram<double> Requests = Meter.CreateHistogram<double>(
        RequestDuration, "s", "Duration of HTTP requests until the response is sent.", [], Seconds);
    private static readonly Counter<long> Responses = Meter.CreateCounter<long>(
        "percall.http.responses", "{response}", "HTTP responses by class of status, except those to health probes. Never sampled.");
    private static readonly Counter<long> Rounds = Meter.CreateCounter<long>(
        "percall.chores.rounds", "{round}", "Rounds of the chores. Their absence shows that no timer runs.");
    private static readonly Histogram<double> Invocations = Meter.CreateHistogram<double>(
        InvocationDuration, "s", "Duration of functions triggered by messages, blobs and timers.", [], Seconds);
    private static readonly Histogram<double> Runs = Meter.CreateHistogram<double>(
        RunDuration, "s", "Duration of the parts of single calls: waiting for the model, preparing its input, running it.", [], Parts);
    private static readonly Counter<long> Units = Meter.CreateCounter<long>(
        "percall.usage.units", "{unit}", "Units charged and written to storage. Refunds are not subtracted.");
    private static readonly Counter<long> Rows = Meter.CreateCounter<long>(
        "percall.batch.rows", "{row}", "Batch rows processed by this instance. Rows of a shard that runs twice count twice.");
    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "percall.webhook.attempts", "{attempt}", "Attempts to deliver webhooks.");

    private static readonly LastValue QueueLengths = new(
        "percall.queue.length", "{message}",
        "Approximate number of messages in a queue, including hidden ones. One instance measures it in each round of the chores.");
    private static readonly LastValue OldestJob = new(
        "percall.jobs.oldest_age", "s", "Age of the oldest batch that has not ended. One instance measures it in each round.");
    private static readonly LastValue JournalLag = new(
        "percall.journal.lag", "s", "Age of the oldest charge in the last roll-up; 0 when there were no new charges.");

    public static void Request(TimeSpan duration, string method, string route, int status, string? error) =>
        Record(
            Requests, duration,
            new TagList { { "http.request.method", method }, { "http.route", route }, { "http.response.status_code", status } }, error);

    public static void Response(int status) => Responses.Add(1, new KeyValuePair<string, object?>("percall.status_class", Class(status)));

    /// <summary>Counts a round of the chores.</summary>
    /// <param name="complete">Whether all chores succeeded.</param>
    public static void ChoreRound(bool complete) =>
        Rounds.Add(1, new KeyValuePair<string, object?>("percall.outcome", complete ? "complete" : "failed"));

    /// <summary>Records a run of a function that no request started.</summary>
    /// <param name="duration">Its duration.</param>
    /// <param name="function">The function.</param>
    /// <param name="trigger">What triggered it.</param>
    /// <param name="kind">The kind of work in its message; null: it has none.</param>
    /// <param name="error">The type of the exception; null: it succeeded.</param>
    public static void Invocation(TimeSpan duration, string function, string trigger, string? kind, string? error)
    {
        var tags = new TagList { { "faas.name", function }, { "faas.trigger", trigger } };
        if (kind is not null)
        {
            tags.Add("percall.kind", kind);
        }

        Record(Invocations, duration, tags, error);
    }

    /// <param name="part"><c>queue</c>, <c>decode</c> or <c>infer</c>.</param>
    /// <param name="duration">Its duration.</param>
    /// <param name="model">The model as name/version.</param>
    public static void Run(string part, TimeSpan duration, string model) =>
        Runs.Record(duration.TotalSeconds, new TagList { { "percall.part", part }, { "percall.model", model } });

    public static void Charged(string operation, string model, long units) =>
        Units.Add(units, new TagList { { "percall.operation", operation }, { "percall.model", model } });

    public static void BatchRows(string model, long delivered, long failed)
    {
        Rows.Add(delivered, new TagList { { "percall.model", model }, { "percall.outcome", "delivered" } });
        Rows.Add(failed, new TagList { { "percall.model", model }, { "percall.outcome", "failed" } });
    }

    /// <param name="outcome"><c>delivered</c>, <c>refused</c> or <c>unanswered</c>.</param>
    public static void WebhookAttempt(string outcome) => Attempts.Add(1, new TagList { { "percall.outcome", outcome } });

    /// <summary>
    /// Reports a queue that has messages, and one that has just lost its last. Of queues that stay empty nothing is sent: there are many,
    /// and each value is a record that is paid for.
    /// </summary>
    public static void QueueLength(string queue, long messages)
    {
        var tag = new KeyValuePair<string, object?>("queue", queue);
        if (messages > 0 || QueueLengths.IsUp(tag))
        {
            QueueLengths.Set(messages, tag);
        }
    }

    public static void OldestJobAge(TimeSpan age) => OldestJob.Set(Math.Max(0, age.TotalSeconds));

    public static void JournalIsBehind(TimeSpan lag) => JournalLag.Set(Math.Max(0, lag.TotalSeconds));

    private static string Class(int status) => (status / 100) switch
    {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };

    private static void Record(Histogram<double> histogram, TimeSpan duration, TagList tags, string? error)
    {
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        histogram.Record(duration.TotalSeconds, tags);
    }

    /// <summary>A gauge that reports the last value set.</summary>
    private sealed class LastValue
    {
        private readonly Dictionary<string,
        (long At, double Value, KeyValuePair<string, object?>[] Tags)> _values = new(StringComparer.Ordinal);
        private readonly Lock _gate = new();

        public LastValue(string name, string unit, string description) => Meter.CreateObservableGauge(name, Read, unit, description);

        /// <summary>Whether the value set last is other than 0.</summary>
        public bool IsUp(params KeyValuePair<string, object?>[] tags)
        {
            lock (_gate)
            {
                return _values.TryGetValue(string.Concat(tags.Select(t => t.Value)), out var last) && last.Value != 0;
            }
        }

        public void Set(double value, params KeyValuePair<string, object?>[] tags)
        {
            lock (_gate)
            {
                _values[string.Concat(tags.Select(t => t.Value))] = (Stopwatch.GetTimestamp(), value, tags);
            }
        }

        private List<Measurement<double>> Read()
        {
            lock (_gate)
            {
                return [.. _values.Values.Where(
                    v => Stopwatch.GetElapsedTime(v.At) < Lasting).Select(v => new Measurement<double>(v.Value, v.Tags))];
            }
        }
    }
}
