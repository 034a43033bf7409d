using System.Globalization;

namespace PerCall.Functions.Storage;

/// <summary>Times as text that sorts, because a table lists its rows in the order of their keys.</summary>
public static class SortedTime
{
    /// <summary>Returns text that sorts the latest time first.</summary>
    public static string Descending(DateTimeOffset time) => Text(DateTimeOffset.MaxValue.UtcTicks - time.UtcTicks);

    /// <summary>Returns text that sorts the earliest time first.</summary>
    public static string Ascending(DateTimeOffset time) => Text(time.UtcTicks);

    private static string Text(long ticks) => ticks.ToString("D19", CultureInfo.InvariantCulture);
}
