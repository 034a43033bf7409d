using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class FailedKeysTests
{
    [Theory]
    [InlineData(0, "198.51.100.1, 203.0.113.7", "192.0.2.1")]
    [InlineData(1, "198.51.100.1, 203.0.113.7", "203.0.113.7")]
    [InlineData(1, "203.0.113.7:4711", "203.0.113.7")]
    [InlineData(1, "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData(2, "198.51.100.1, 203.0.113.7, 203.0.113.8", "203.0.113.7")]
    [InlineData(2, "203.0.113.8", "192.0.2.1")]
    [InlineData(1, "unknown", "192.0.2.1")]
    [InlineData(1, "", "192.0.2.1")]
    public void Address_BehindProxies_IsTheOneThatTheirEntriesTell(int proxies, string forwarded, string expected) =>
        Assert.Equal(expected, ClientAddress.Of(Request("192.0.2.1", forwarded), proxies)?.ToString());

    [Fact]
    public void Count_AddressesOfOneNetwork_AreOneClient()
    {
        using var failed = new FailedKeys(Options.Create(new FailedKeyOptions { FailedKeysPerMinute = 2 }));
        var refusal = RefusedException.Unauthorized("invalid_key", "No.", "percall");

        Assert.Same(refusal, failed.Count(Request("2001:db8::1", ""), refusal));
        Assert.Same(refusal, failed.Count(Request("2001:db8::2", ""), refusal));
        Assert.Equal(429, failed.Count(Request("2001:db8::3", ""), refusal).Status);
        Assert.Same(refusal, failed.Count(Request("192.0.2.1", ""), refusal));
        Assert.Same(refusal, failed.Count(Request("::ffff:192.0.2.1", ""), refusal));
        Assert.Equal(429, failed.Count(Request("192.0.2.1", ""), refusal).Status);
    }

    [Fact]
    public void Count_OfMoreAddressesThanAreToldApart_StaysBounded()
    {
        using var failed = new FailedKeys(Options.Create(new FailedKeyOptions { FailedKeysPerMinute = 1 }));
        var refusal = RefusedException.Unauthorized("invalid_key", "No.", "percall");

        var counted = Enumerable.Range(0, 20_000).Count(i => failed.Count(Request($"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}", ""), refusal) == refusal);

        // One for each place that there is.
        Assert.InRange(counted, 3_000, 4_096);
    }

    private static HttpRequest Request(string address, string forwarded)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
        if (forwarded.Length > 0)
        {
            http.Request.Headers["X-Forwarded-For"] = forwarded;
        }

        return http.Request;
    }
}
