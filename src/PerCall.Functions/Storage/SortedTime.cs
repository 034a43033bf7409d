using System.Globalization;

namespace PerCall.Functions.Storage;

/// <summary>Times as text that sorts, because a table lists its rows in the order of their keys.</summary>
public static class SortedTime
{
    /// <summary>Returns text that sorts the latest time first.</summary>
    public static string Descending(DateTimeOffset time) => Text(DateTimeOffset.MaxValue.UtcTicks - time.UtcTicks);

    /// <summary>Returns text that sorts the earliest time first.</summary>
    public static string Ascending(DateTimeOffset time) => Text(time.UtcTicks);

    /// <summary>Returns the time of a text that <see cref="Ascending"/> has made.</summary>
    public static DateTimeOffset ParseAscending(string text) => new(long.Parse(text, CultureInfo.InvariantCulture), TimeSpan.Zero);

    private static string Text(long ticks) => ticks.ToString("D19", CultureInfo.InvariantCulture);
}
