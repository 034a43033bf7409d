using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// The sampler that <c>OTEL_TRACES_SAMPLER</c> selects, independent of the caller. A call keeps the caller's trace id, but neither the
/// caller's sampled flag nor its trace id decides whether the call is sampled. Spans inside the service follow that decision.
/// </summary>
/// <param name="calls">Decides for calls.</param>
/// <param name="parts">Decides for spans with a parent in the service.</param>
public sealed class CallerSampler(Sampler calls, Sampler parts) : Sampler
{
    private const string Setting = "OTEL_TRACES_SAMPLER";
    private const string Argument = "OTEL_TRACES_SAMPLER_ARG";
    private const string ParentBased = "parentbased_";

    /// <summary>
    /// Creates the sampler from the settings of OpenTelemetry's Environment Variable Specification. As specified there, an unknown value
    /// means <c>parentbased_always_on</c>.
    /// </summary>
    public static CallerSampler Of(IConfiguration configuration)
    {
        var name = configuration[Setting]?.ToLowerInvariant() ?? "";
        var ratio = double.TryParse(
            configuration[Argument], NumberStyles.Float, CultureInfo.InvariantCulture, out var r) && r is >= 0 and <= 1 ? r : 1;
        Sampler? known = name.Replace(ParentBased, "", StringComparison.Ordinal) switch
        {
            "always_on" => new AlwaysOnSampler(),
            "always_off" => new AlwaysOffSampler(),
            "traceidratio" => new TraceIdRatioBasedSampler(ratio),
            _ => null,
        };
        var root = known ?? new AlwaysOnSampler();
        return new(root, known is null || name.StartsWith(ParentBased, StringComparison.Ordinal) ? new ParentBasedSampler(root) : root);
    }

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var asked = samplingParameters;
        return asked.Kind == ActivityKind.Server
            ? calls.ShouldSample(new(default, ActivityTraceId.CreateRandom(), asked.Name, asked.Kind, asked.Tags, asked.Links))
            : parts.ShouldSample(asked);
    }
}
