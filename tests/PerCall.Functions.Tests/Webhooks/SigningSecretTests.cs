using System.Security.Cryptography;
using System.Text;
using PerCall.Functions.Webhooks.Signing;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class SigningSecretTests
{
    /// <summary>Of the documentation of Standard Webhooks.</summary>
    [Fact]
    public void Sign_PublishedExample_IsThePublishedSignature()
    {
        var secret = new SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", default);

        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            secret.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8));
    }

    [Fact]
    public void Sign_WithANewSecret_IsHmacSha256OfIdTimeAndBody()
    {
        var secret = SigningSecret.New(default);
        var key = Convert.FromBase64String(secret.Secret["whsec_".Length..]);

        Assert.InRange(key.Length, 24, 64);
        Assert.Equal(
            $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("evt_1.17.{}")))}",
            secret.Sign("evt_1", 17, "{}"u8));
    }

    [Fact]
    public void ToString_OfASecret_DoesNotTellIt()
    {
        var secret = SigningSecret.New(default);

        Assert.DoesNotContain(secret.Secret, $"{secret} {new[] { secret }.Select(s => s.ToString()).First()}", StringComparison.Ordinal);
    }
}
