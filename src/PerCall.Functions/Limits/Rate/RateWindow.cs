using System.Globalization;

namespace PerCall.Functions.Limits.Rate;

/// <summary>The permits granted in each of the last 61 seconds. Any 60 seconds touch at most 61 of them.</summary>
public sealed class RateWindow
{
    public const int Seconds = 61;

    /// <summary>A clock that is ahead by more than this counts as wrong, and the window is set to the current time.</summary>
    private const int MaxAhead = 60;

    private readonly int[] _granted = new int[Seconds];

    /// <summary>Unix time of the newest second.</summary>
    public long Newest { get; private set; }

    public int Granted => _granted.Sum();

    /// <summary>Parses the format of <see cref="ToString"/>; returns an empty window for any other text.</summary>
    public static RateWindow Parse(string? text)
    {
        var window = new RateWindow();
        var parts = text?.Split(' ') ?? [];
        if (parts.Length > 0 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var newest))
        {
            window.Newest = newest;
            for (var age = 0; age < Seconds && age + 1 < parts.Length; age++)
            {
                window._granted[age] = int.TryParse(
                    parts[age + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var granted) ? granted : 0;
            }
        }

        return window;
    }

    /// <summary>Advances the window to a second. A window that is already ahead stays unchanged.</summary>
    public void AdvanceTo(long second)
    {
        if (Newest > second + MaxAhead)
        {
            Newest = second;
            return;
        }

        var passed = (int)Math.Clamp(second - Newest, 0, Seconds);
        Array.Copy(_granted, 0, _granted, passed, Seconds - passed);
        Array.Clear(_granted, 0, passed);
        Newest = Math.Max(Newest, second);
    }

    /// <summary>Counts permits as granted in a second; a negative number takes back. Seconds outside the window no longer count.</summary>
    public void Add(long second, int permits)
    {
        if (Newest - second is >= 0 and < Seconds and var age)
        {
            _granted[age] = Math.Max(0, _granted[age] + permits);
        }
    }

    /// <summary>Returns the Unix time at which the oldest granted permit leaves the window; null if the window is empty.</summary>
    public long? NextFree() => Array.FindLastIndex(_granted, g => g > 0) is >= 0 and var age ? Newest - age + Seconds : null;

    /// <summary>Returns the newest second, then the permits per second, from the newest to the oldest second that has any.</summary>
    public override string ToString() =>
        string.Join(
            ' ', _granted.Take(Array.FindLastIndex(_granted, g => g > 0) + 1).Select(g => (long)g).Prepend(Newest).Select(
                n => n.ToString(CultureInfo.InvariantCulture)));
}
