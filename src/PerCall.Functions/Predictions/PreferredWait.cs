using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Predictions;

/// <summary>
/// Reads the preference <c>wait</c> (RFC 7240): how long a caller would wait for the end. An invalid preference is ignored, as the RFC says
/// for preferences. More than a minute counts as a minute.
/// </summary>
public static partial class PreferredWait
{
    private const int Most = 60;

    /// <summary>Returns the seconds to wait; null: do not wait.</summary>
    public static int? Of(HttpRequest request) =>
        Form().Match(request.Headers["Prefer"].ToString()) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds > 0
            ? Math.Min(seconds, Most)
            : null;

    [GeneratedRegex("""(?:^|,)\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?:[,;]|\z)""", RegexOptions.IgnoreCase)]
    private static partial Regex Form();
}
