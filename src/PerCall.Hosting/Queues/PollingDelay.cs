using System.Security.Cryptography;

namespace PerCall.Hosting.Queues;

/// <summary>
/// Computes the wait between polls of an empty queue: from 100 ms, roughly doubling, up to the maximum. It is random, so that instances do
/// not poll in step.
/// </summary>
internal sealed class PollingDelay(TimeSpan longest)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private TimeSpan _current = Shortest;

    public void Reset() => _current = Shortest;

    public TimeSpan Next()
    {
        var factor = RandomNumberGenerator.GetInt32(80, 121) / 100.0;
        var delay = _current * factor;
        _current = _current * 2 < longest ? _current * 2 : longest;
        return delay < longest ? delay : longest;
    }
}
