using System.Globalization;

namespace PerCall.Functions.Journal;

/// <summary>
/// Builds and parses names of journal blobs: <c>yyyy/MM/dd/HH/&lt;generation&gt;-&lt;nnnnn&gt;.jsonl</c>. Hours and names sort as text.
/// </summary>
public static class JournalBlob
{
    public const int HourLength = 13;

    private const string HourFormat = "yyyy'/'MM'/'dd'/'HH";

    /// <summary>Returns the hour (UTC) in the form that names begin with, for example <c>2026/11/24/02</c>.</summary>
    public static string Hour(DateTimeOffset time) => time.UtcDateTime.ToString(HourFormat, CultureInfo.InvariantCulture);

    public static string HourOf(string name) => name[..HourLength];

    public static DateTimeOffset StartOf(string hour) =>
        DateTimeOffset.ParseExact(hour, HourFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static string GenerationOf(string name) => name[(HourLength + 1)..name.LastIndexOf('-')];

    /// <summary>Returns the name of a chain's <paramref name="index"/>th blob.</summary>
    public static string Name(string hour, string generation, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{hour}/{generation}-{index:00000}.jsonl");
}
