using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PerCall.Functions.Webhooks.Signing;

/// <summary>What an account's webhooks are signed with.</summary>
/// <param name="Secret"><c>whsec_</c> and the key in base64.</param>
/// <param name="CreatedAt">When it was drawn.</param>
/// <param name="ExpiresAt">When it signs no more; null while it has not been replaced.</param>
public sealed record SigningSecret(string Secret, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null)
{
    private const string Prefix = "whsec_";
    private const int KeyBytes = 32;

    public static SigningSecret New(DateTimeOffset now) =>
        new(Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)), now);

    public bool SignsAt(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;

    /// <summary>An entry of <c>webhook-signature</c>, by Standard Webhooks: <c>v1,</c> and HMAC-SHA256 over id, time and body.</summary>
    public string Sign(string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(Secret[Prefix.Length..]));
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.")));
        hmac.AppendData(body);
        return $"v1,{Convert.ToBase64String(hmac.GetHashAndReset())}";
    }

    // Records print what they hold; this one must not end up in a log.
    public override string ToString() => nameof(SigningSecret);
}
