using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Ids of jobs: <c>batch_</c>, the time from the end of days, so that the newest sorts first, and what tells jobs of one moment apart.
/// </summary>
public static class JobIds
{
    private const string Prefix = "batch_";
    private const int Length = 6 + 11 + 16;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static string New(DateTimeOffset now) => Of(now, RandomNumberGenerator.GetHexString(16, lowercase: true));

    /// <summary>The id of the job that an uploaded blob begins: the same whoever notices it, and however often.</summary>
    public static string OfUpload(string blob, string etag, DateTimeOffset modified) =>
        Of(modified, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{blob}\n{etag}")))[..16]);

    public static bool AreFit(string id) =>
        id.Length == Length && id.StartsWith(Prefix, StringComparison.Ordinal) && id.AsSpan(Prefix.Length).IndexOfAnyExcept(Hex) < 0;

    private static string Of(DateTimeOffset time, string rest) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{0xfffffffffff - time.ToUnixTimeMilliseconds():x11}{rest}");
}
