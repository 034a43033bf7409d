using Azure.Data.Tables;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PerCall.Functions.Models;
using PerCall.Functions.Operators;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Transfers;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>Every setting of a deployment is read by somebody, and the service starts with them.</summary>
public sealed class SettingTests
{
    /// <summary>Read by the host, on Azure or of src/PerCall.Hosting, and by no options class.</summary>
    private static readonly string[] OfTheHost =
    [
        // As StorageServices and both hosts read the first account, and StorageServices the second.
        "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "AzureFunctionsWebHost__hostid", "PerCallKeptStorage__accountName",
    ];

    private static readonly string[] OfTheFunctionsHost = ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "AzureWebJobsDisableHomepage"];

    private static readonly string[] OfTheImage = ["ASPNETCORE_HTTP_PORTS", "Logging__Console__LogLevel__Default"];

    public static TheoryData<string> All => Combinations.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task Settings_AreAllReadBySomebody(string combination)
    {
        var settings = (await Combinations.GetAsync(combination)).Settings.Keys;
        string[] host = Combinations.IsFunctions(combination) ? [.. OfTheHost, .. OfTheFunctionsHost] : [.. OfTheHost, .. OfTheImage];

        Assert.DoesNotContain(settings.Except(host).Except(Service.Settings), s => !Service.IsOfALargeModel(s));
        Assert.Empty(host.Except(settings));
        Assert.Contains(TelemetryServices.ApplicationInsights, settings);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Service_WithTheseSettings_IsComplete(string combination)
    {
        // What only Azure can tell stands as an expression; a name of an account has to look like one.
        var settings = (await Combinations.GetAsync(combination)).Settings.ToDictionary(s => s.Key, s => s.Key switch
        {
            "AzureWebJobsStorage__accountName" => "stpercall",
            "PerCallKeptStorage__accountName" => "skpercall",
            OperatorKey.Setting or OperatorKey.PreviousSetting => "resolved-by-the-platform",
            "PerCall__OpenAI__Models__first__Deployments__0__Endpoint" => "https://oai-percall.openai.azure.com/",
            TelemetryServices.ApplicationInsights =>
                "InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://westeurope.in.applicationinsights.azure.com/",
            _ => s.Value,
        });

        using var host = Service.Build(settings);
        host.Services.GetRequiredService<IStartupValidator>().Validate();

        var containers = host.Services.GetRequiredService<BlobContainers>();
        Assert.Equal(
            ("stpercall", "skpercall", "skpercall", "stpercall"),
            (containers["files"].AccountName, containers["usage"].AccountName,
                host.Services.GetRequiredService<TableServiceClient>().AccountName,
                host.Services.GetRequiredService<QueueServiceClient>().AccountName));
        Assert.True(host.Services.GetRequiredService<OperatorKey>().IsSet);
        var options = host.Services.GetRequiredService<IOptions<StorageOptions>>().Value;
        Assert.False(options.Create);
        Assert.Equal(
            (int)(await Combinations.GetAsync(combination)).OfType(
                "Microsoft.Storage/storageAccounts/blobServices").Max(b => (int?)b["deleteRetentionPolicy"]!["days"])!,
            options.UndoDays);
        // Where storage is closed, clients reach it through the service alone. Its models are published without a key.
        Assert.Equal(
            Combinations.IsClosed(combination), host.Services.GetRequiredService<IOptions<TransferOptions>>().Value.ThroughService);
        Assert.True(host.Services.GetRequiredService<IOptions<ModelOptions>>().Value.PublishIncluded);
        // A dead letter is written a day after its upload at the latest, and the rule that removes it may be two days late.
        var names = 1 + (await Combinations.GetAsync(combination)).DeadLetterDays + 2;
        var data = host.Services.GetServices<ITenantData>().ToList();
        Assert.Equal(10, names);
        Assert.Contains(data, d => d.Kept?.Contains("could not deliver, for up to ten days", StringComparison.Ordinal) == true);
        Assert.True(data.Max(d => d.RecoverableFor) >= TimeSpan.FromDays(names));
    }

    [Fact]
    public async Task OperatorKey_IsMadeOnce_AndLeftAloneByLaterDeployments()
    {
        var secret = (await Bicep.BuildAsync("modules/keyvault.bicep"))["resources"]!["secret"]!;

        Assert.Equal("[parameters('operatorKey')]", (string?)secret["properties"]!["value"]);
        Assert.NotNull(secret["@options"]?["onlyIfNotExists"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task OperatorKey_IsAReferenceToTheVault(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        Dictionary<string, string> secrets = new() { [OperatorKey.Setting] = "operator-key" };
        if (Combinations.Has(combination, "rotation"))
        {
            secrets[OperatorKey.PreviousSetting] = "operator-key-previous";
        }

        var settings = deployment.Settings.Where(s => s.Key.StartsWith(OperatorKey.Setting, StringComparison.Ordinal)).ToDictionary();
        Assert.Equal(secrets.Keys.Order(), settings.Keys.Order());
        if (Combinations.IsFunctions(combination))
        {
            // A reference without a version ends with a slash: Azure then takes the newest one.
            Assert.All(settings.Values, v => Assert.Matches(@"@Microsoft\.KeyVault\(SecretUri=[^)']*/\)", v));
            Assert.All(settings, s => IsOfItsSecret(s.Key, s.Value));
            Assert.NotNull(deployment.Single("Microsoft.Web/sites")["keyVaultReferenceIdentity"]);
        }
        else
        {
            var references = deployment.Single("Microsoft.App/containerApps")["configuration"]!["secrets"]!.AsArray();
            Assert.Equal(secrets.Count, references.Count);
            Assert.All(secrets, s =>
            {
                Assert.Equal($"secret {s.Value}", settings[s.Key]);
                var reference = references.Single(r => (string?)r!["name"] == s.Value)!;
                IsOfItsSecret(s.Key, (string)reference["keyVaultUrl"]!);
                Assert.NotNull(reference["identity"]);
                Assert.Null(reference["value"]);
            });
        }
    }

    [Theory]
    [InlineData("operatorKeyAddress")]
    [InlineData("previousKeyAddress")]
    public async Task AddressOfAKey_NamesNoVersionAndEndsWithoutASlash(string output)
    {
        // Container Apps takes it as it is, Functions with a slash behind it.
        var address = (string)(await Bicep.BuildAsync("modules/keyvault.bicep"))["outputs"]![output]!["value"]!;

        Assert.StartsWith("[format('{0}secrets/{1}', ", address, StringComparison.Ordinal);
    }

    /// <summary>The address is known only by the output that has it, before the vault is there.</summary>
    private static void IsOfItsSecret(string setting, string address) =>
        Assert.Equal(setting == OperatorKey.PreviousSetting, address.Contains("previous", StringComparison.OrdinalIgnoreCase));
}
