using System.Text;
using Xunit;

namespace PerCall.Client.Tests;

/// <summary>The verifier against the example that Standard Webhooks publishes.</summary>
public sealed class WebhookSignatureTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Time = "1614265330";
    private const string Body = """{"test": 2432232314}""";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    [Theory]
    [InlineData(0, Signature)]
    [InlineData(300, Signature)]
    [InlineData(-300, Signature)]
    [InlineData(0, "v1,AAAA " + Signature)]
    public void Verify_SignedWithinFiveMinutes_IsValid(int age, string signatures) => Assert.True(Verify(Id, Time, signatures, Body, age));

    [Theory]
    [InlineData(Id, Time, Signature, Body, 301)]
    [InlineData(Id, Time, Signature, Body, -301)]
    [InlineData(Id, Time, Signature, Body + " ", 0)]
    [InlineData(Id + "x", Time, Signature, Body, 0)]
    [InlineData(Id, "1614265331", Signature, Body, 0)]
    [InlineData(Id, Time, "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Body, 0)]
    [InlineData(Id, Time, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Body, 0)]
    [InlineData(Id, Time, "", Body, 0)]
    [InlineData(Id, Time, null, Body, 0)]
    [InlineData(null, Time, Signature, Body, 0)]
    [InlineData(Id, null, Signature, Body, 0)]
    [InlineData(Id, "-9223372036854775808", Signature, Body, 0)]
    [InlineData(Id, "9223372036854775807", Signature, Body, 0)]
    [InlineData(Id, "soon", Signature, Body, 0)]
    public void Verify_Otherwise_IsNotValid(string? id, string? time, string? signatures, string body, int age) =>
        Assert.False(Verify(id, time, signatures, body, age));

    [Theory]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_***")]
    public void Verify_MalformedSecret_Throws(string secret) =>
        Assert.Throws<FormatException>(() => WebhookSignature.Verify(secret, Id, Time, Signature, Encoding.UTF8.GetBytes(Body), At(0)));

    private static bool Verify(string? id, string? time, string? signatures, string body, int age) =>
        WebhookSignature.Verify(Secret, id, time, signatures, Encoding.UTF8.GetBytes(body), At(age));

    private static DateTimeOffset At(int age) => DateTimeOffset.FromUnixTimeSeconds(1614265330 + age);
}
