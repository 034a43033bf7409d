using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PerCall.Functions.Tests.Documentation;

internal static class WebhookVerifier
{
    // As docs/webhooks.md has it.
    public static bool Verify(IReadOnlyDictionary<string, string> headers, byte[] body, string secret, DateTimeOffset now)
    {
        var (id, time) = (headers["webhook-id"], headers["webhook-timestamp"]);
        if (Math.Abs(now.ToUnixTimeSeconds() - long.Parse(time, CultureInfo.InvariantCulture)) > 300)
        {
            return false;
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        var mac = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed);
        var expected = Encoding.UTF8.GetBytes($"v1,{Convert.ToBase64String(mac)}");
        return headers["webhook-signature"].Split(' ').Any(
            s => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(s), expected));
    }
}
