using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PerCall.Client;

/// <summary>Verifies the signature of a webhook, as Standard Webhooks defines it.</summary>
public static class WebhookSignature
{
    private const string SecretPrefix = "whsec_";
    private const string SignaturePrefix = "v1,";
    private const int ToleranceSeconds = 300;

    /// <summary>Whether PerCall signed this request, at most five minutes from now. A malformed header is not valid.</summary>
    /// <param name="secret"><c>whsec_</c> and the key in base64, from <c>GET /v1/webhooks/secret</c>.</param>
    /// <param name="id">The header <c>webhook-id</c>.</param>
    /// <param name="timestamp">The header <c>webhook-timestamp</c>.</param>
    /// <param name="signatures">The header <c>webhook-signature</c>: one signature, or several separated by spaces.</param>
    /// <param name="body">The body's bytes as received, before anything parses them.</param>
    /// <param name="now">The time of the receiver.</param>
    /// <exception cref="FormatException">The secret is malformed.</exception>
    public static bool Verify(
        string secret, string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var key = KeyOf(secret);
        if (id is null || signatures is null
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - seconds) > ToleranceSeconds)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hash.AppendData(body);
        var expected = Encoding.UTF8.GetBytes(SignaturePrefix + Convert.ToBase64String(hash.GetHashAndReset()));
        return signatures.Split(' ').Any(s => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(s), expected));
    }

    private static byte[] KeyOf(string secret) =>
        secret.StartsWith(SecretPrefix, StringComparison.Ordinal)
            ? Convert.FromBase64String(secret[SecretPrefix.Length..])
            : throw new FormatException($"A webhook secret begins with {SecretPrefix}.");
}
