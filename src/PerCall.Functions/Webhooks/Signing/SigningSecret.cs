using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PerCall.Functions.Webhooks.Signing;

/// <summary>A secret that signs an account's webhooks.</summary>
/// <param name="Secret">The secret: <c>whsec_</c> and the key in base64.</param>
/// <param name="CreatedAt">When the secret was created.</param>
/// <param name="ExpiresAt">When the secret stops signing; null: the secret has not been replaced.</param>
public sealed record SigningSecret(string Secret, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null)
{
    private const string Prefix = "whsec_";
    private const int KeyBytes = 32;

    public static SigningSecret New(DateTimeOffset now) =>
        new(Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)), now);

    public bool SignsAt(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;

    /// <summary>
    /// Returns an entry of <c>webhook-signature</c>, as Standard Webhooks defines it: <c>v1,</c> and the HMAC-SHA256 of id, time and body.
    /// </summary>
    public string Sign(string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(Secret[Prefix.Length..]));
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.")));
        hmac.AppendData(body);
        return $"v1,{Convert.ToBase64String(hmac.GetHashAndReset())}";
    }

    // Records print their members, and this one must not end up in a log.
    public override string ToString() => nameof(SigningSecret);
}
