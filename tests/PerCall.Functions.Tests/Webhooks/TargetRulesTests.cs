using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Webhooks.Sending;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class TargetRulesTests
{
    private static readonly TargetRules Production = new(new HostedIn(Environments.Production), Never);
    private static readonly TargetRules Development = new(new HostedIn(Environments.Development), Never);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://hooks.example.com/a?b=c")]
    [InlineData("https://hooks.example.com:8443/")]
    [InlineData("https://hooks.example.com:1024/")]
    [InlineData("https://hooks.example.com:443/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700:4700::1111]/")]
    [InlineData("https://[::ffff:8.8.8.8]/")]
    [InlineData("https://münchen.example/")]
    public void FaultOf_PublicHttps_IsNone(string url) => Assert.Null(Production.FaultOf(url));

    [Theory]
    [InlineData("")]
    [InlineData("hooks.example.com")]
    [InlineData("/relative")]
    [InlineData("ftp://hooks.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://hooks.example.com/")]
    [InlineData("http://hooks.example.com/")]
    [InlineData("https://hooks.example.com:25/")]
    [InlineData("https://hooks.example.com:22/")]
    [InlineData("https://hooks.example.com:80/")]
    [InlineData("https://8.8.8.8:1023/")]
    [InlineData("https://user@hooks.example.com/")]
    [InlineData("https://user:password@hooks.example.com/")]
    [InlineData("https://hooks.example.com/#fragment")]
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST./")]
    [InlineData("https://a.localhost/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[::127.0.0.1]/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://167772161/")]
    [InlineData("https://0xA9FEA9FE/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://168.63.129.16/")]
    [InlineData("https://[fd00:ec2::254]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    public void FaultOf_WhatIsNotPublicHttps_IsTold(string url) => Assert.NotNull(Production.FaultOf(url));

    [Fact]
    public void FaultOf_AnAddressOfAnyLength_IsToldWithoutIt()
    {
        var fault = Production.FaultOf("https://hooks.example.com/" + new string('a', 5000))!;

        Assert.Contains("2048", fault, StringComparison.Ordinal);
        Assert.InRange(fault.Length, 1, 200);
    }

    [Theory]
    [InlineData("http://localhost:5000/", true)]
    [InlineData("http://127.0.0.1:5000/", true)]
    [InlineData("http://[::1]:5000/", true)]
    [InlineData("https://localhost:5001/", true)]
    [InlineData("http://hooks.example.com/", false)]
    [InlineData("http://10.0.0.1/", false)]
    [InlineData("https://10.0.0.1/", false)]
    [InlineData("http://8.8.8.8/", false)]
    public void FaultOf_InDevelopment_AllowsThisMachineBesides(string url, bool allowed) =>
        Assert.Equal(allowed, Development.FaultOf(url) is null);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.1")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:0:a00:1::")]
    [InlineData("2001:2::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("2002:808:808::1")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public async Task Resolve_NameOfAnAddressThatIsNotPublic_IsRefused(string address)
    {
        Assert.False(PublicAddresses.Contains(IPAddress.Parse(address)));
        // Beside one that is.
        var rules = Resolving("1.1.1.1", address);

        var refusal = await Assert.ThrowsAsync<TargetRefusedException>(
            () => rules.ResolveAsync("https://hooks.example.com/", Cancellation));

        Assert.DoesNotContain(address, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("169.253.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2001:4860:4860::8888")]
    public async Task Resolve_NameOfAPublicAddress_IsThatAddress(string address)
    {
        var (_, addresses) = await Resolving(address).ResolveAsync("https://hooks.example.com/", Cancellation);

        Assert.Equal([IPAddress.Parse(address)], addresses);
    }

    [Fact]
    public async Task Resolve_NameThatIsNot_IsToldAsOneThatIsNotPublic()
    {
        var rules = new TargetRules(
            new HostedIn(Environments.Production), (_, _) => throw new SocketException((int)SocketError.HostNotFound));

        var unknown = await Assert.ThrowsAsync<TargetRefusedException>(
            () => rules.ResolveAsync("https://hooks.example.com/", Cancellation));
        var inside = await Assert.ThrowsAsync<TargetRefusedException>(
            () => Resolving("10.0.0.1").ResolveAsync("https://hooks.example.com/", Cancellation));
        await Assert.ThrowsAsync<TargetRefusedException>(() => Resolving().ResolveAsync("https://hooks.example.com/", Cancellation));

        Assert.Equal(unknown.Message, inside.Message);
    }

    [Fact]
    public async Task Resolve_LocalNameInDevelopment_GoesToThisMachineAlone()
    {
        var (_, addresses) = await InDevelopment("127.0.0.1").ResolveAsync("http://hook.localhost/", Cancellation);
        Assert.Equal([IPAddress.Loopback], addresses);

        await Assert.ThrowsAsync<TargetRefusedException>(
            () => InDevelopment("10.0.0.1").ResolveAsync("http://hook.localhost/", Cancellation));
        await Assert.ThrowsAsync<TargetRefusedException>(
            () => InDevelopment("127.0.0.1").ResolveAsync("https://hooks.example.com/", Cancellation));
    }

    private static Task<IPAddress[]> Never(string host, CancellationToken cancellation) =>
        throw new InvalidOperationException("No name is asked for.");

    private static TargetRules Resolving(params string[] addresses) =>
        new(new HostedIn(Environments.Production), (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));

    private static TargetRules InDevelopment(string address) =>
        new(new HostedIn(Environments.Development), (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(address)]));
}
