using System.Globalization;

namespace PerCall.Functions.Limits.Rate;

/// <summary>The permits granted in each of the last 61 seconds. Any 60 seconds touch at most 61 of them.</summary>
/// <param name="hold">
/// Seconds for which an instance may hold a permit before it spends it. Permits that are held are counted that many seconds ahead, so they
/// leave the window late enough even if their spending is never reported.
/// </param>
public sealed class RateWindow(int hold = 0)
{
    public const int Seconds = 61;

    /// <summary>A clock that is ahead by more than this counts as wrong, and the window is set to the current time.</summary>
    private const int MaxAhead = 60;

    private readonly long[] _granted = new long[Seconds + hold];

    /// <summary>The second in which permits are counted that are granted now, as Unix time.</summary>
    public long Newest { get; private set; }

    /// <summary>The current second, as Unix time.</summary>
    public long Now => Newest - hold;

    public long Granted => _granted.Sum();

    /// <summary>Parses the format of <see cref="ToString"/>; returns an empty window for any other text.</summary>
    public static RateWindow Parse(string? text, int hold = 0)
    {
        var window = new RateWindow(hold);
        var parts = text?.Split(' ') ?? [];
        if (parts.Length > 0 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var newest))
        {
            window.Newest = newest;
            for (var age = 0; age < window._granted.Length && age + 1 < parts.Length; age++)
            {
                window._granted[age] = long.TryParse(
                    parts[age + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var granted) ? granted : 0;
            }
        }

        return window;
    }

    /// <summary>Advances the window to a second. A window that is already ahead stays unchanged.</summary>
    public void AdvanceTo(long second)
    {
        var newest = second + hold;
        if (Newest > newest + MaxAhead)
        {
            Newest = newest;
            return;
        }

        var passed = (int)Math.Clamp(newest - Newest, 0, _granted.Length);
        Array.Copy(_granted, 0, _granted, passed, _granted.Length - passed);
        Array.Clear(_granted, 0, passed);
        Newest = Math.Max(Newest, newest);
    }

    /// <summary>Counts permits as granted in a second; a negative number takes back. Seconds outside the window no longer count.</summary>
    public void Add(long second, long permits)
    {
        if (Newest - second is >= 0 and var age && age < _granted.Length)
        {
            _granted[age] = Math.Max(0, _granted[age] + permits);
        }
    }

    /// <summary>Returns the Unix time at which the oldest granted permit leaves the window; null if the window is empty.</summary>
    public long? NextFree() => FreeAt(1);

    /// <summary>Returns the Unix time at which this many permits have left the window; null if it holds fewer.</summary>
    public long? FreeAt(long permits)
    {
        for (var age = _granted.Length - 1; age >= 0; age--)
        {
            permits -= _granted[age];
            if (permits <= 0)
            {
                return Newest - age + Seconds;
            }
        }

        return null;
    }

    /// <summary>Returns the permits that still count in a second, if no more are granted until then.</summary>
    public long GrantedAt(long second)
    {
        var passed = (int)Math.Clamp(second + hold - Newest, 0, _granted.Length);
        return _granted.Take(_granted.Length - passed).Sum();
    }

    /// <summary>Returns the newest second, then the permits per second, from the newest to the oldest second that has any.</summary>
    public override string ToString() =>
        string.Join(
            ' ', _granted.Take(Array.FindLastIndex(_granted, g => g > 0) + 1).Prepend(Newest).Select(
                n => n.ToString(CultureInfo.InvariantCulture)));
}
