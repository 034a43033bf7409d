using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;
using PerCall.Functions.Telemetry;
using Xunit;

namespace PerCall.Functions.Tests.Telemetry;

public sealed class CallerSamplerTests
{
    [Theory]
    [InlineData("always_off", null)]
    [InlineData("traceidratio", "0")]
    [InlineData("parentbased_traceidratio", "0")]
    [InlineData("parentbased_always_off", null)]
    public void ShouldSample_ACallWhoseFlagIsSet_GoesByTheSetting(string sampler, string? argument) =>
        Assert.Equal(SamplingDecision.Drop, Decide(sampler, argument, ActivityKind.Server, ActivityTraceFlags.Recorded));

    [Theory]
    [InlineData(null, null)]
    [InlineData("no such sampler", null)]
    [InlineData("parentbased_always_on", null)]
    [InlineData("parentbased_traceidratio", "1")]
    public void ShouldSample_ACallWhoseFlagIsNotSet_IsNotHidden(string? sampler, string? argument) =>
        Assert.Equal(SamplingDecision.RecordAndSample, Decide(sampler, argument, ActivityKind.Server, ActivityTraceFlags.None));

    [Fact]
    public void ShouldSample_CallsOfOneTraceId_AreDecidedEachByItself()
    {
        // The least id there is: a ratio that goes by the id would take all of them.
        var decisions = Enumerable.Range(0, 200).Select(
            _ => Decide("traceidratio", "0.5", ActivityKind.Server, ActivityTraceFlags.Recorded, "00000000000000000000000000000001"));

        Assert.Equal(2, decisions.Distinct().Count());
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, SamplingDecision.RecordAndSample)]
    [InlineData(ActivityTraceFlags.None, SamplingDecision.Drop)]
    public void ShouldSample_APartOfWhatWasDecided_GoesByThat(ActivityTraceFlags flags, SamplingDecision expected) =>
        Assert.Equal(expected, Decide("parentbased_traceidratio", "0.5", ActivityKind.Consumer, flags));

    private static SamplingDecision Decide(
        string? sampler, string? argument, ActivityKind kind, ActivityTraceFlags flags, string? trace = null)
    {
        var settings = new Dictionary<string, string?> { ["OTEL_TRACES_SAMPLER"] = sampler, ["OTEL_TRACES_SAMPLER_ARG"] = argument };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var id = trace is null ? ActivityTraceId.CreateRandom() : ActivityTraceId.CreateFromString(trace);
        var parent = new ActivityContext(id, ActivitySpanId.CreateRandom(), flags, isRemote: true);
        return CallerSampler.Of(configuration).ShouldSample(new SamplingParameters(parent, id, "call", kind)).Decision;
    }
}
