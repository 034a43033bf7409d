using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// The sampler that <c>OTEL_TRACES_SAMPLER</c> selects, independent of the caller. A call keeps the caller's trace id, but neither the
/// caller's sampled flag nor its trace id decides whether the call is sampled. Spans inside the service follow that decision. Under a
/// Functions host the host decides, and all spans of its worker follow.
/// </summary>
/// <param name="calls">Decides for calls.</param>
/// <param name="parts">Decides for spans with a parent in the service or in its host.</param>
/// <param name="detailed">Whether the parts of a model call are spans. If not, they are attributes of the call alone.</param>
public sealed class CallerSampler(Sampler calls, Sampler parts, bool detailed) : Sampler
{
    /// <summary>
    /// Traces per second and instance that go to Application Insights when no sampler is set: the exporter's own default.
    /// </summary>
    public const double DefaultRate = 5;

    private const string Setting = "OTEL_TRACES_SAMPLER";
    private const string Argument = "OTEL_TRACES_SAMPLER_ARG";
    private const string ParentBased = "parentbased_";

    // The names of the Azure Monitor exporter, which the Functions host understands too.
    private const string FixedPercentage = "microsoft.fixed_percentage";
    private const string RateLimited = "microsoft.rate_limited";

    // Microsoft's worker starts a span of its own around each function. The service's span says the same and more.
    private const string WorkersOwn = "function ";

    /// <summary>
    /// Creates the sampler from the settings of OpenTelemetry's Environment Variable Specification, or with the two names of the Azure
    /// Monitor exporter. An unknown value means <c>parentbased_always_on</c>, as specified.
    /// </summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="toAzure">
    /// Whether spans go to Application Insights, which charges for them: without a sampler, the rate is limited.
    /// </param>
    /// <param name="toCollector">Whether spans go to a collector: only it gets the parts of a model call as spans.</param>
    /// <param name="ofHost">Whether a Functions host decides.</param>
    public static CallerSampler Of(IConfiguration configuration, bool toAzure = false, bool toCollector = true, bool ofHost = false)
    {
        var name = configuration[Setting]?.Trim().ToLowerInvariant() ?? "";
        var argument = double.TryParse(configuration[Argument], NumberStyles.Float, CultureInfo.InvariantCulture, out var a) ? a : -1;
        var ratio = argument is >= 0 and <= 1 ? argument : 1;
        Sampler? known = name.Replace(ParentBased, "", StringComparison.Ordinal) switch
        {
            "always_on" => new AlwaysOnSampler(),
            "always_off" => new AlwaysOffSampler(),
            // The exporter reads the second name too, and marks each record with the share that it stands for.
            "traceidratio" or FixedPercentage => new TraceIdRatioBasedSampler(ratio),
            RateLimited => new RateSampler(argument >= 0 ? argument : DefaultRate, TimeProvider.System),
            "" when toAzure => new RateSampler(DefaultRate, TimeProvider.System),
            _ => null,
        };
        var root = known ?? new AlwaysOnSampler();
        if (ofHost)
        {
            // Spans without a parent are rare there: the host sends its context with each call and message.
            return new(new ParentBasedSampler(root), new ParentBasedSampler(root), toCollector);
        }

        var independent = name is "always_on" or "always_off" or "traceidratio";
        return new(root, independent ? root : new ParentBasedSampler(root), toCollector);
    }

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var asked = samplingParameters;
        if (asked.Kind == ActivityKind.Internal
            && (asked.Name.StartsWith(WorkersOwn, StringComparison.Ordinal) || (!detailed && Traces.Parts.Contains(asked.Name))))
        {
            return new(SamplingDecision.Drop);
        }

        return asked.Kind == ActivityKind.Server
            ? calls.ShouldSample(new(default, ActivityTraceId.CreateRandom(), asked.Name, asked.Kind, asked.Tags, asked.Links))
            : parts.ShouldSample(asked);
    }
}
