using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Creates and checks job ids: <c>batch_</c>, a descending timestamp, so that the newest job sorts first, and a suffix that distinguishes
/// jobs of the same moment.
/// </summary>
public static class JobIds
{
    private const string Prefix = "batch_";
    private const int Length = 6 + 11 + 16;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static string New(DateTimeOffset now) => Of(now, RandomNumberGenerator.GetHexString(16, lowercase: true));

    /// <summary>
    /// Returns the id of the job for an uploaded blob. It is the same no matter which instance notices the upload, and how often.
    /// </summary>
    public static string OfUpload(string blob, string etag, DateTimeOffset modified) =>
        Of(modified, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{blob}\n{etag}")))[..16]);

    public static bool AreFit(string id) =>
        id.Length == Length && id.StartsWith(Prefix, StringComparison.Ordinal) && id.AsSpan(Prefix.Length).IndexOfAnyExcept(Hex) < 0;

    private static string Of(DateTimeOffset time, string rest) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{0xfffffffffff - time.ToUnixTimeMilliseconds():x11}{rest}");
}
