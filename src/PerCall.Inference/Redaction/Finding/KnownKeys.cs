using System.Buffers;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>Keys and tokens with known beginnings.</summary>
internal static class KnownKeys
{
    private const int MinJwtPart = 8;

    private static readonly SearchValues<char> CapitalsAndDigits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    private static readonly SearchValues<char> Hexadecimals = SearchValues.Create("0123456789abcdef");

    // The beginning, and the least characters after it.
    private static readonly (string Prefix, int Least)[] Prefixes =
    [
        ("pc_live_", 32), ("pc_operator_", 32), ("pc_admin_", 32), ("sk-", 20), ("sk_live_", 16), ("sk_test_", 16),
        ("rk_live_", 16), ("rk_test_", 16), ("whsec_", 24),
        ("AKIA", 16), ("ASIA", 16), ("ghp_", 30), ("gho_", 30), ("ghu_", 30), ("ghs_", 30), ("ghr_", 30), ("github_pat_", 30),
        ("glpat-", 20), ("xoxb-", 20), ("xoxp-", 20), ("xoxa-", 20), ("xoxr-", 20), ("xoxs-", 20), ("xapp-", 20), ("AIza", 35),
        ("npm_", 36), ("pypi-", 40), ("hf_", 30), ("dop_v1_", 40), ("shpat_", 32), ("shpss_", 32), ("lin_api_", 30), ("gsk_", 30),
        ("r8_", 30), ("SK", 32), ("key-", 32), ("EAAC", 60), ("ya29", 20),
    ];

    /// <summary>Returns the end of a key that begins a run of letters, digits, underscores and dashes; 0: no known beginning.</summary>
    public static int End(Scan scan, int start, int end)
    {
        if (scan[start] == 'e' && IsJwtPart(scan, start, end))
        {
            return JwtEnd(scan, end);
        }

        var run = scan.Text.AsSpan(start, end - start);
        if (run.StartsWith("SG") && scan[end] == '.')
        {
            return SendGridEnd(scan, start, end);
        }

        foreach (var (prefix, least) in Prefixes)
        {
            if (run[0] == prefix[0] && run.StartsWith(prefix) && run.Length >= prefix.Length + least)
            {
                // Google's access tokens have dots.
                return prefix == "ya29" || IsRandom(run[prefix.Length..], prefix) ? end : 0;
            }
        }

        return run is "ya29" && scan[end] == '.' && scan.Skip(end + 1, SecretFinder.IsToken) is var last && last - end > 20 ? last : 0;
    }

    private static bool IsRandom(ReadOnlySpan<char> rest, string prefix) => prefix switch
    {
        // Amazon's ids have exactly 16 capital letters and digits; Twilio's keys are hexadecimal.
        "AKIA" or "ASIA" => rest.Length == 16 && !rest.ContainsAnyExcept(CapitalsAndDigits),
        "SK" or "key-" => rest.Length == 32 && !rest.ContainsAnyExcept(Hexadecimals),
        "AIza" => rest.Length == 35,
        _ => (rest.ContainsAnyInRange('0', '9') && rest.ContainsAnyInRange('A', 'z'))
            || (rest.ContainsAnyInRange('A', 'Z') && rest.ContainsAnyInRange('a', 'z')),
    };

    private static int SendGridEnd(Scan scan, int start, int end)
    {
        var second = scan.Skip(end + 1, SecretFinder.IsToken);
        if (end - start != 2 || second - end < 16 || scan[second] != '.')
        {
            return 0;
        }

        var third = scan.Skip(second + 1, SecretFinder.IsToken);
        return third - second > 32 ? third : 0;
    }

    /// <summary>A JWT's header and payload are JSON objects in base64url, so both begin with <c>eyJ</c>.</summary>
    private static int JwtEnd(Scan scan, int headerEnd)
    {
        if (scan[headerEnd] != '.')
        {
            return 0;
        }

        var payload = scan.Skip(headerEnd + 1, SecretFinder.IsToken);
        if (!IsJwtPart(scan, headerEnd + 1, payload) || scan[payload] != '.')
        {
            return 0;
        }

        return scan.Skip(payload + 1, SecretFinder.IsToken);
    }

    private static bool IsJwtPart(Scan scan, int start, int end) =>
        end - start >= MinJwtPart && scan.Text.AsSpan(start, end - start).StartsWith("eyJ");
}
