using System.Security.Cryptography;

namespace PerCall.Hosting.Queues;

/// <summary>
/// Waits between polls that found nothing: from 100 ms, about doubling, up to the longest; at random, so that instances spread.
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
