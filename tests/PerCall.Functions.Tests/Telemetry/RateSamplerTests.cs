using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Trace;
using PerCall.Functions.Telemetry;
using Xunit;

namespace PerCall.Functions.Tests.Telemetry;

public sealed class RateSamplerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void ShouldSample_MoreThanTheRate_DropsTheRest()
    {
        var sampler = new RateSampler(5, _time);

        Assert.Equal(5, Sampled(sampler, 100));
        _time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.Equal(2, Sampled(sampler, 100));
        // A pause saves no more than the traces of a second.
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(5, Sampled(sampler, 100));
    }

    [Fact]
    public void ShouldSample_LessThanOnePerSecond_SavesUntilOneIsWhole()
    {
        var sampler = new RateSampler(0.5, _time);

        Assert.Equal(1, Sampled(sampler, 10));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(0, Sampled(sampler, 10));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, Sampled(sampler, 10));
    }

    [Fact]
    public void ShouldSample_RateZero_DropsAll() => Assert.Equal(0, Sampled(new(0, _time), 10));

    private static int Sampled(RateSampler sampler, int calls) => Enumerable.Range(0, calls).Count(
        _ => sampler.ShouldSample(new(default, ActivityTraceId.CreateRandom(), "call", ActivityKind.Server)).Decision
            == SamplingDecision.RecordAndSample);
}
