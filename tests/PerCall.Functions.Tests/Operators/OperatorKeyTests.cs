using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Operators;
using PerCall.Functions.Tests.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Operators;

public sealed class OperatorKeyTests
{
    [Fact]
    public void Find_KeyOfTheSetting_AndNoOther()
    {
        var key = Key("Production", "0123456789abcdef");

        Assert.True(key.IsSet);
        Assert.Null(key.Generated);
        Assert.Equal("operator", key.Find("0123456789abcdef")?.ActorName);
        Assert.Null(key.Find("0123456789abcdeF"));
        Assert.Null(key.Find("0123456789abcdef "));
        Assert.Null(key.Find(""));
    }

    [Fact]
    public void Generated_InDevelopment_IsNewAtEachStart()
    {
        var (first, second) = (Key("Development", null), Key("Development", ""));

        Assert.NotNull(first.Find(first.Generated!));
        Assert.NotEqual(first.Generated, second.Generated);
    }

    [Fact]
    public void Find_NoSettingInProduction_NothingOpensIt()
    {
        var key = Key("Production", null);

        Assert.False(key.IsSet);
        Assert.Null(key.Generated);
        Assert.Null(key.Find(""));
    }

    [Fact]
    public void Find_DuringARotation_AcceptsBothKeysAndTellsThemApart()
    {
        var key = Key("Production", "the-new-key-0123456789", "the-old-key-0123456789");

        Assert.Equal("operator", key.Find("the-new-key-0123456789")?.ActorName);
        Assert.Equal("operator:previous", key.Find("the-old-key-0123456789")?.ActorName);
        Assert.Null(key.Find("another-key-0123456789"));
    }

    [Theory]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://percall.vault.azure.net/secrets/operator-key-previous/)")]
    [InlineData(" @microsoft.keyvault(VaultName=percall;SecretName=operator-key-previous)")]
    public void Find_PreviousKeyIsAReferenceThatWasNotResolved_DoesNotAcceptItsText(string setting)
    {
        var key = Key("Production", "0123456789abcdef", setting);

        Assert.Null(key.Find(setting));
        Assert.Null(key.Find(setting.Trim()));
        Assert.NotNull(key.Find("0123456789abcdef"));
    }

    [Fact]
    public void Find_OnlyThePreviousKeyIsSet_ManagementStaysClosed() => Assert.False(Key("Production", null, "0123456789abcdef").IsSet);

    [Theory]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://percall.vault.azure.net/secrets/operator-key)")]
    [InlineData("@microsoft.keyvault(VaultName=percall;SecretName=operator-key)")]
    public void Start_ReferenceThatWasNotResolved_IsRefused(string setting)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection([new(OperatorKey.Setting, setting)]);
        builder.AddOperators();
        using var host = builder.Build();

        var fault = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<OperatorKey>());

        Assert.Contains("PERCALL_ADMIN_KEY is an unresolved Key Vault reference", fault.Message, StringComparison.Ordinal);
    }

    private static OperatorKey Key(string environment, string? setting, string? previous = null) => new(
        Options.Create(new OperatorOptions { Key = setting, PreviousKey = previous }),
        new HostedIn(environment),
        NullLogger<OperatorKey>.Instance);
}
