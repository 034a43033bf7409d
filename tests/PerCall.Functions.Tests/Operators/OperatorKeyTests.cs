using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Functions.Operators;
using PerCall.Functions.Tests.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Operators;

public sealed class OperatorKeyTests
{
    [Fact]
    public void Matches_KeyOfTheSetting_AndNoOther()
    {
        var key = Key("Production", "0123456789abcdef");

        Assert.True(key.IsSet);
        Assert.Null(key.Generated);
        Assert.True(key.Matches("0123456789abcdef"));
        Assert.False(key.Matches("0123456789abcdeF"));
        Assert.False(key.Matches("0123456789abcdef "));
        Assert.False(key.Matches(""));
    }

    [Fact]
    public void Generated_InDevelopment_IsNewAtEachStart()
    {
        var (first, second) = (Key("Development", null), Key("Development", ""));

        Assert.True(first.Matches(first.Generated!));
        Assert.NotEqual(first.Generated, second.Generated);
    }

    [Fact]
    public void Matches_NoSettingInProduction_NothingOpensIt()
    {
        var key = Key("Production", null);

        Assert.False(key.IsSet);
        Assert.Null(key.Generated);
        Assert.False(key.Matches(""));
    }

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

    private static OperatorKey Key(string environment, string? setting) => new(
        Options.Create(new OperatorOptions { Key = setting }),
        new HostedIn(environment));
}
