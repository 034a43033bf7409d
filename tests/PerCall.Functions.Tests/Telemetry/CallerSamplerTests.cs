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
    [InlineData("microsoft.fixed_percentage", "0")]
    [InlineData("microsoft.rate_limited", "0")]
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

    [Theory]
    [InlineData(true, ActivityTraceFlags.Recorded, SamplingDecision.RecordAndSample)]
    [InlineData(true, ActivityTraceFlags.None, SamplingDecision.Drop)]
    [InlineData(false, ActivityTraceFlags.None, SamplingDecision.RecordAndSample)]
    public void ShouldSample_UnderAFunctionsHost_GoesByTheHost(bool ofHost, ActivityTraceFlags flags, SamplingDecision expected)
    {
        var id = ActivityTraceId.CreateRandom();
        var asked = new SamplingParameters(
            new(id, ActivitySpanId.CreateRandom(), flags, isRemote: true), id, "POST /v1/batches", new RequestSpans(ofHost).Http);

        Assert.Equal(
            expected, CallerSampler.Of(new ConfigurationBuilder().Build(), toAzure: true, ofHost: ofHost).ShouldSample(asked).Decision);
    }

    [Fact]
    public void ShouldSample_ApplicationInsightsWithoutASetting_IsLimited()
    {
        var sampler = CallerSampler.Of(new ConfigurationBuilder().Build(), toAzure: true);

        var sampled = Enumerable.Range(0, 10_000).Count(_ => sampler.ShouldSample(
            new(default, ActivityTraceId.CreateRandom(), "call", ActivityKind.Server)).Decision == SamplingDecision.RecordAndSample);

        // At once five, and then five in each second that the loop takes.
        Assert.InRange(sampled, CallerSampler.DefaultRate, 5_000);
    }

    [Theory]
    [InlineData("infer", true, SamplingDecision.RecordAndSample)]
    [InlineData("infer", false, SamplingDecision.Drop)]
    [InlineData("function ClassifyImage", true, SamplingDecision.Drop)]
    public void ShouldSample_Parts_GoToACollectorAlone_AndTheWorkersOwnSpanNowhere(string name, bool toCollector, SamplingDecision expected)
    {
        var id = ActivityTraceId.CreateRandom();
        var asked = new SamplingParameters(
            new(id, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded), id, name, ActivityKind.Internal);

        Assert.Equal(
            expected, CallerSampler.Of(new ConfigurationBuilder().Build(), toCollector: toCollector).ShouldSample(asked).Decision);
    }

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
