namespace PerCall.Functions.Limits.Rate;

/// <summary>Counts the requests of the current second and of the previous one. Not thread-safe.</summary>
public sealed class Demand
{
    private long _second;
    private int _current;
    private int _previous;

    public void Add(long second)
    {
        if (second != _second)
        {
            _previous = second == _second + 1 ? _current : 0;
            _current = 0;
            _second = second;
        }

        _current++;
    }

    public int PerSecond(long second) => (second - _second) switch
    {
        0 => Math.Max(_current, _previous),
        1 => _current,
        _ => 0,
    };
}
