using System.Globalization;

namespace PerCall.Functions.Storage;

/// <summary>Times as text that sorts: as a table's rows are listed in the order of their keys.</summary>
public static class SortedTime
{
    /// <summary>The latest comes first.</summary>
    public static string Descending(DateTimeOffset time) => Text(DateTimeOffset.MaxValue.UtcTicks - time.UtcTicks);

    /// <summary>The earliest comes first.</summary>
    public static string Ascending(DateTimeOffset time) => Text(time.UtcTicks);

    private static string Text(long ticks) => ticks.ToString("D19", CultureInfo.InvariantCulture);
}
