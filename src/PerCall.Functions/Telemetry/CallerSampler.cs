using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// The sampler of <c>OTEL_TRACES_SAMPLER</c>, which a caller has no say in: a call keeps the caller's trace id, but neither its flag nor
/// its id decides whether the call is traced. What follows inside the service goes by that decision.
/// </summary>
/// <param name="calls">Decides about calls.</param>
/// <param name="parts">Decides about what belongs to something that was decided.</param>
public sealed class CallerSampler(Sampler calls, Sampler parts) : Sampler
{
    private const string Setting = "OTEL_TRACES_SAMPLER";
    private const string Argument = "OTEL_TRACES_SAMPLER_ARG";
    private const string ParentBased = "parentbased_";

    /// <summary>
    /// By the settings of OpenTelemetry's Environment Variable Specification; what they do not know is <c>parentbased_always_on</c>, as
    /// there.
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
