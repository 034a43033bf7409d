using System.Globalization;

namespace PerCall.Functions.Audit;

/// <summary>
/// Names of the log's blobs, which sort in the order they are written in: <c>2026-11.jsonl</c>, <c>2026-11.p002.jsonl</c>,
/// <c>2026-12.jsonl</c>.
/// </summary>
public static class AuditBlobs
{
    /// <summary>Of the 50,000 appends that a blob takes.</summary>
    public const int MaxBlocks = 45_000;

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture) + ".jsonl";

    /// <summary>The blob that follows in the same month.</summary>
    public static string PartAfter(string blob)
    {
        var pieces = blob.Split('.');
        var part = pieces.Length == 2 ? 1 : int.Parse(pieces[1].AsSpan(1), CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{pieces[0]}.p{part + 1:000}.jsonl");
    }

    /// <summary>Whether the blob is of an earlier month than the time.</summary>
    public static bool IsBefore(string blob, DateTimeOffset time) => string.CompareOrdinal(blob, 0, Of(time), 0, 7) < 0;
}
