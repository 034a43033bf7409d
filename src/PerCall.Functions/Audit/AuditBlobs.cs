using System.Globalization;

namespace PerCall.Functions.Audit;

/// <summary>
/// Names of the audit log's blobs. They sort in the order of writing: <c>2026-11.jsonl</c>, <c>2026-11.p002.jsonl</c>,
/// <c>2026-12.jsonl</c>.
/// </summary>
public static class AuditBlobs
{
    /// <summary>Appends per blob before the next part starts. An append blob allows 50,000.</summary>
    public const int MaxBlocks = 45_000;

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture) + ".jsonl";

    /// <summary>Returns the name of the next blob in the same month.</summary>
    public static string PartAfter(string blob)
    {
        var pieces = blob.Split('.');
        var part = pieces.Length == 2 ? 1 : int.Parse(pieces[1].AsSpan(1), CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{pieces[0]}.p{part + 1:000}.jsonl");
    }

    /// <summary>Whether the blob belongs to an earlier month than the given time.</summary>
    public static bool IsBefore(string blob, DateTimeOffset time) => string.CompareOrdinal(blob, 0, Of(time), 0, 7) < 0;
}
