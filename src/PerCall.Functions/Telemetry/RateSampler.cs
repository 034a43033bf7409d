using OpenTelemetry.Trace;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// Samples at most a number of traces per second. What is not used is saved for later, up to the traces of one second and at least one.
/// The first calls after a pause are therefore always sampled.
/// </summary>
/// <param name="perSecond">Traces per second, 0 or more.</param>
/// <param name="time">The clock.</param>
public sealed class RateSampler(double perSecond, TimeProvider time) : Sampler
{
    private readonly double _most = perSecond == 0 ? 0 : Math.Max(1, perSecond);
    private readonly Lock _gate = new();
    private double _saved = perSecond == 0 ? 0 : Math.Max(1, perSecond);
    private long _last = time.GetTimestamp();

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _saved = Math.Min(_most, _saved + (time.GetElapsedTime(_last, now).TotalSeconds * perSecond));
            _last = now;
            if (_saved < 1)
            {
                return new(SamplingDecision.Drop);
            }

            _saved--;
            return new(SamplingDecision.RecordAndSample);
        }
    }
}
