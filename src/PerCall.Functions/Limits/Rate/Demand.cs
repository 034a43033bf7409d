namespace PerCall.Functions.Limits.Rate;

/// <summary>Counts the permits that the requests want, of the current second and of the previous one. Not thread-safe.</summary>
public sealed class Demand
{
    private long _second;
    private long _current;
    private long _previous;

    public void Add(long second, long permits)
    {
        if (second != _second)
        {
            _previous = second == _second + 1 ? _current : 0;
            _current = 0;
            _second = second;
        }

        _current += permits;
    }

    public long PerSecond(long second) => (second - _second) switch
    {
        0 => Math.Max(_current, _previous),
        1 => _current,
        _ => 0,
    };
}
