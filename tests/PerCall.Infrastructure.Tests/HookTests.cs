using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace PerCall.Infrastructure.Tests;

/// <summary>The program that azd runs before and after a deployment, with stand-ins for the Azure CLI and for azd.</summary>
public sealed partial class HookTests : IDisposable
{
    private const string Subscription = "00000000-0000-0000-0000-000000000001";
    private const string Tenant = "00000000-0000-0000-0000-0000000000aa";
    private const string Elsewhere = "00000000-0000-0000-0000-0000000000bb";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Log => _folder.File("calls");

    private IReadOnlyList<string> Calls => File.Exists(Log) ? File.ReadAllLines(Log) : [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AzureYaml_NamesWhatIsThere_AndRunsTheSameProgramOnEverySystem()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "azure.yaml"), Cancellation);
        var azd = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().Build()
            .Deserialize<AzureYaml>(text);

        Assert.True(File.Exists(Path.Combine(Repository.Root, azd.Infra.Path, $"{azd.Infra.Module}.bicep")));
        Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, azd.Services["api"].Project), "*.csproj"));
        Assert.NotEmpty(azd.RequiredVersions["azd"]);
        Assert.Equal(["postdeploy", "preprovision"], azd.Hooks.Keys.Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(Repository.Root, "infra", "hooks", "PerCall.Hooks.csproj")));
        Assert.All(azd.Hooks, hook =>
        {
            Assert.Equal(new Hook { Shell = "sh", Run = $"dotnet run --project infra/hooks -- {hook.Key}" }, hook.Value.Posix);
            // PowerShell ends a script with 0 whatever its programs ended with.
            Assert.Equal(new Hook { Shell = "pwsh", Run = $"{hook.Value.Posix.Run}; exit $LASTEXITCODE" }, hook.Value.Windows);
        });
    }

    [Fact]
    public async Task PreProvision_AllIsThere_Succeeds()
    {
        StandInAz();

        var (code, output) = await RunAsync("preprovision");

        Assert.True(code == 0, output);
        EverySubscriptionIsNamed();
    }

    /// <summary>azd asks for the subscription before "azd up", but after the hook of a first "azd provision".</summary>
    [Theory]
    [InlineData("first", "Run: azd env set AZURE_SUBSCRIPTION_ID <id>")]
    [InlineData("", "Set the environment variable AZURE_SUBSCRIPTION_ID=<id>")]
    public async Task PreProvision_NoSubscription_SaysWhatToDo(string azdEnvironment, string what)
    {
        StandInAz();

        var (code, output) = await RunAsync("preprovision", ("AZURE_SUBSCRIPTION_ID", ""), ("AZURE_ENV_NAME", azdEnvironment));

        Assert.Equal(1, code);
        Assert.Contains($"No subscription is set. {what}", output, StringComparison.Ordinal);
    }

    /// <summary>As azd is before the first deployment: only an output of the template sets the tenant.</summary>
    [Fact]
    public async Task PreProvision_FirstRun_TakesTheTenantFromAzdsTokenAndDoesNotShowIt()
    {
        StandInAz(azdTenant: Elsewhere);

        var (code, output) = await RunAsync("preprovision", ("AZURE_TENANT_ID", ""));

        Assert.Equal(1, code);
        Assert.Contains("azd auth token --output json", Calls);
        Assert.Contains(
            $"The deployment is for subscription {Subscription} of tenant {Elsewhere}, and the Azure CLI is signed in to tenant {Tenant}. "
                + $"Run: az login --tenant {Elsewhere}",
            output, StringComparison.Ordinal);
        Assert.DoesNotContain("signature", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tenant_IsAnOutput_WhichAzdKeepsForItsHooks() =>
        Assert.Equal("[tenant().tenantId]", (string?)(await Combinations.GetAsync("main.bicepparam")).Outputs["AZURE_TENANT_ID"]);

    [Theory]
    // After a change of the subscription, the output of the last deployment is old.
    [InlineData(Elsewhere, Tenant)]
    [InlineData(Tenant, "no token")]
    public async Task PreProvision_TenantOfTheLastDeployment_CountsWithoutAToken(string ofTheLast, string ofTheToken)
    {
        StandInAz(azdTenant: ofTheToken);

        var (code, output) = await RunAsync("preprovision", ("AZURE_TENANT_ID", ofTheLast));

        Assert.True(code == 0, output);
    }

    /// <summary>As the workflow runs it.</summary>
    [Theory]
    [InlineData("functions", true)]
    [InlineData("containerapps", false)]
    public async Task PreProvision_InAPipelineWithoutAzd_ChecksWhatItsHostNeeds(string host, bool needsFlexConsumption)
    {
        StandInAz();
        File.Delete(_folder.File("azd"));

        var (code, output) = await RunAsync("preprovision", ("AZURE_ENV_NAME", ""), ("PERCALL_HOST", host));

        Assert.True(code == 0, output);
        Assert.Equal(needsFlexConsumption, Calls.Any(c => c.StartsWith("functionapp list-flexconsumption", StringComparison.Ordinal)));
        EverySubscriptionIsNamed();
    }

    /// <summary>Owner of the group is all that a deployment needs.</summary>
    [Fact]
    public async Task PreProvision_NoRightsOnTheSubscription_IsANote()
    {
        StandInAz(providers: null);

        var (code, output) = await RunAsync("preprovision");

        Assert.True(code == 0, output);
        Assert.Contains("Note: Whether the resource providers are registered could not be checked", output, StringComparison.Ordinal);
    }

    /// <summary>A combination of parameters, the same for azd, and the providers of its options.</summary>
    public static TheoryData<string, string, string> Options => new()
    {
        { "functions open no-budget", "", "" },
        { "functions open", "PERCALL_MONTHLY_BUDGET=10", "Microsoft.Consumption" },
        {
            "functions closed openai stop",
            "PERCALL_PRIVATE_NETWORK=closed PERCALL_OPENAI=true PERCALL_STOP_AT_BUDGET=true PERCALL_MONTHLY_BUDGET=10",
            "Microsoft.CognitiveServices Microsoft.Consumption Microsoft.Logic Microsoft.Network"
        },
        {
            "functions joined address",
            "PERCALL_PRIVATE_NETWORK=joined PERCALL_FIXED_ADDRESS=true PERCALL_MONTHLY_BUDGET=10", "Microsoft.Consumption Microsoft.Network"
        },
        {
            "containerapps open", "PERCALL_HOST=containerapps PERCALL_MONTHLY_BUDGET=10", "Microsoft.Consumption"
        },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public async Task PreProvision_NoProviderIsRegistered_NamesThoseNeeded(string combination, string environment, string ofOptions)
    {
        StandInAz(providers: "Microsoft.Authorization");

        var (_, output) = await RunAsync("preprovision", [.. environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(
            pair => (pair.Split('=')[0], pair.Split('=')[1]))]);

        var asked = Namespace().Matches(output).Select(m => m.Groups[1].Value).ToList();
        var used = (await Combinations.GetAsync(combination)).Resources.Select(r => r.Type.Split('/')[0]).Distinct();
        Assert.Empty(used.Except(asked).Except(["Microsoft.Authorization"]));
        string[] optional = ["Microsoft.CognitiveServices", "Microsoft.Consumption", "Microsoft.Logic", "Microsoft.Network"];
        Assert.Equal(ofOptions.Split(' ', StringSplitOptions.RemoveEmptyEntries), asked.Intersect(optional).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PreProvision_SeveralThingsMissing_ReportsAllAtOnce()
    {
        StandInAz(providers: "Microsoft.Web Microsoft.Storage", locations: "swedencentral", bicep: false);

        var (code, output) = await RunAsync("preprovision", ("PERCALL_OPERATOR_EMAIL", ""));

        Assert.Equal(1, code);
        Assert.Contains("azd env set PERCALL_OPERATOR_EMAIL", output, StringComparison.Ordinal);
        Assert.Contains("az bicep install", output, StringComparison.Ordinal);
        Assert.Contains(
            $"az provider register --subscription {Subscription} --namespace Microsoft.App", output, StringComparison.Ordinal);
        Assert.DoesNotContain("--namespace Microsoft.Web", output, StringComparison.Ordinal);
        Assert.Contains("westeurope has no Flex Consumption", output, StringComparison.Ordinal);
        Assert.Contains("swedencentral", output, StringComparison.Ordinal);
        EverySubscriptionIsNamed();
    }

    [Fact]
    public async Task PreProvision_NoAzureCli_ReportsItWithTheRest()
    {
        var (code, output) = await RunAsync("preprovision", ("PERCALL_OPERATOR_EMAIL", ""), ("PATH", _folder.Path));

        Assert.Equal(1, code);
        Assert.Contains("(az) is not installed", output, StringComparison.Ordinal);
        Assert.Contains("azd env set PERCALL_OPERATOR_EMAIL", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Elsewhere, "azd")]
    [InlineData(Subscription, "azd")]
    [InlineData(Elsewhere, "variable")]
    [InlineData(Subscription, "variable")]
    public async Task PreProvision_TwoSignInsDiffer_NamesBothTenants(string subscription, string source)
    {
        StandInAz(azdTenant: Elsewhere);

        var (code, output) = await RunAsync(
            "preprovision", ("AZURE_SUBSCRIPTION_ID", subscription), ("AZURE_ENV_NAME", source == "azd" ? "first" : ""),
            ("AZURE_TENANT_ID", source == "azd" ? "" : Elsewhere));

        Assert.Equal(1, code);
        Assert.Contains($"The deployment is for subscription {subscription} of tenant {Elsewhere}", output, StringComparison.Ordinal);
        Assert.Contains($"he Azure CLI is signed in to tenant {Tenant}", output, StringComparison.Ordinal);
        Assert.Contains($"az login --tenant {Elsewhere}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PostDeploy_WaitsSubscribesAndPrintsWhereTheKeyIs()
    {
        await using var service = new WebhookReceiver();
        service.Answer = (_, response) =>
        {
            response.StatusCode = service.Received.Count < 3 ? 503 : 200;
            return Task.CompletedTask;
        };
        // The first try comes before the host has made the key of its webhook.
        StandInAz(rest: "[ -e \"$LOG.tried\" ] || { : > \"$LOG.tried\"; echo 'no key yet' >&2; exit 1; }");

        var (code, output) = await RunAsync("postdeploy", ("PERCALL_ADDRESS", service.Address.AbsoluteUri));

        Assert.True(code == 0, output);
        Assert.Equal(["/health/ready", "/health/ready", "/health/ready"], service.Received.Select(r => r.Path));
        Assert.Contains("secret operator-key in the key vault kvpercall", output, StringComparison.Ordinal);
        var template = Path.Combine(Bicep.Folder, "inbox-events.bicep");
        Assert.Equal(
            Enumerable.Repeat(
                $"deployment group create --subscription {Subscription} --resource-group percall --name inbox-events"
                    + $" --template-file {template} --output none"
                    + " --parameters appName=func-percall topicName=evgt-percall storageName=stpercall",
                2),
            Calls);
    }

    [Fact]
    public async Task PostDeploy_OnContainerApps_NeedsNoAzureCli()
    {
        await using var service = new WebhookReceiver();

        var (code, output) = await RunAsync(
            "postdeploy", ("PERCALL_ADDRESS", service.Address.AbsoluteUri), ("PERCALL_TOPIC", ""), ("PATH", _folder.Path));

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task PostDeploy_ServiceDoesNotStart_FailsWithItsAnswer()
    {
        await using var service = new WebhookReceiver();
        service.AnswerWith(503);
        StandInAz();

        var (code, output) = await RunAsync("postdeploy", ("PERCALL_ADDRESS", service.Address.AbsoluteUri));

        Assert.Equal(1, code);
        Assert.Contains("did not answer 200. The last answer: 503", output, StringComparison.Ordinal);
        Assert.Empty(Calls);
    }

    [Fact]
    public async Task Smoke_CallIsInTheUsage_Succeeds()
    {
        await using var service = Service();

        var (code, output) = await SmokeAsync(service);

        Assert.True(code == 0, output);
        Assert.Equal(["/v1/usage", "/v1/text/classify", "/v1/usage"], Paths(service));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Smoke_FaultThatPasses_IsTriedAgain(int status)
    {
        await using var service = Service(status, times: 2);

        var (code, output) = await SmokeAsync(service);

        Assert.True(code == 0, output);
        Assert.Equal(2, output.Split("Trying again").Length - 1);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Smoke_AnswerThatStays_IsNotTriedAgain(int status)
    {
        await using var service = Service(status, times: 10);

        var (code, output) = await SmokeAsync(service);

        Assert.Equal(1, code);
        Assert.Single(service.Received);
        Assert.Contains($"{status}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Smoke_NoConnection_IsTriedTenTimes()
    {
        Uri address;
        await using (var service = new WebhookReceiver())
        {
            address = service.Address;
        }

        var (code, output) = await RunAsync("smoke", ("PERCALL_ADDRESS", address.AbsoluteUri), ("PERCALL_SMOKE_KEY", "key"));

        Assert.Equal(1, code);
        Assert.Equal(9, output.Split("Trying again").Length - 1);
    }

    private static IEnumerable<string> Paths(WebhookReceiver service) => service.Received.Select(r => r.Path.Split('?')[0]);

    /// <summary>A service that fails some times, and then answers and charges.</summary>
    private static WebhookReceiver Service(int status = 200, int times = 0)
    {
        var service = new WebhookReceiver();
        service.Answer = async (_, response) =>
        {
            var received = Paths(service).ToList();
            if (received.Count <= times)
            {
                response.StatusCode = status;
                return;
            }

            response.StatusCode = 200;
            response.ContentType = "application/json";
            response.AddHeader("x-percall-cost", "7");
            var calls = received.Count(p => p == "/v1/text/classify");
            var body = received[^1] == "/v1/usage"
                ? $$"""{"data": [{"calls": {{calls}}, "charge": {{calls * 7}}}]}""" : """{"label": "spam"}""";
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        };
        return service;
    }

    private Task<(int Code, string Output)> SmokeAsync(WebhookReceiver service) =>
        RunAsync("smoke", ("PERCALL_ADDRESS", service.Address.AbsoluteUri), ("PERCALL_SMOKE_KEY", "key"));

    /// <summary>So that no command falls back to whatever subscription the Azure CLI has as its default.</summary>
    private void EverySubscriptionIsNamed()
    {
        var calls = Calls.Where(c => !c.StartsWith("bicep ", StringComparison.Ordinal) && !c.StartsWith("azd ", StringComparison.Ordinal)
            && c != "account show --output json").ToList();

        Assert.NotEmpty(calls);
        Assert.All(calls, c => Assert.Contains($"--subscription {Subscription}", c, StringComparison.Ordinal));
    }

    /// <summary>An Azure CLI that writes down how it was called, and azd.</summary>
    private void StandInAz(
        string? providers = "Microsoft.App Microsoft.EventGrid Microsoft.Insights Microsoft.KeyVault Microsoft.ManagedIdentity "
            + "Microsoft.OperationalInsights Microsoft.Storage Microsoft.Web",
        string locations = "swedencentral westeurope",
        bool bicep = true,
        string rest = ":",
        string azdTenant = Tenant)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in is for sh.");
        var account = $$"""{"id": "{{Subscription}}", "tenantId": "{{Tenant}}"}""";
        WriteScript(
            "az",
            $$"""
            #!/bin/sh
            echo "$*" >> "$LOG"
            case "$*" in
              "bicep "*) exit {{(bicep ? 0 : 1)}} ;;
              "account show --subscription {{Subscription}} "* | "account show --output json") echo '{{account}}' ;;
              "account show "*) echo 'no such subscription' >&2; exit 1 ;;
              "provider list "*) {{(providers is null ? "echo AuthorizationFailed >&2; exit 1" : $"printf '%s\\n' {providers}")}} ;;
              "functionapp list-flexconsumption-locations "*) printf '%s\n' {{locations}} ;;
              *) {{rest}} ;;
            esac
            """);
        var claims = Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes($$"""{"aud": "https://management.azure.com", "tid": "{{azdTenant}}"}"""));
        var token = azdTenant == "no token" ? "{}" : $$"""{"token": "header.{{claims}}.signature", "expiresOn": "2026-01-01T00:00:00Z"}""";
        // Like azd, it takes its default environment inside of a project.
        WriteScript(
            "azd",
            $$"""
            #!/bin/sh
            echo "azd $*" >> "$LOG"
            [ -e azure.yaml ] && { echo 'of the default environment' >&2; exit 1; }
            echo '{{token}}'
            """);
    }

    private void WriteScript(string name, string script)
    {
        var path = _folder.File(name);
        File.WriteAllText(path, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private async Task<(int Code, string Output)> RunAsync(string hook, params (string Name, string Value)[] environment)
    {
        string[] arguments = [Repository.Assembly("PerCall.Hooks"), hook, .. hook == "preprovision" ? (string[])[] : ["0"]];
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Repository.Root };
        (string, string)[] always =
        [
            ("PATH", $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}"), ("LOG", Log),
            ("AZURE_ENV_NAME", "first"), ("AZURE_SUBSCRIPTION_ID", Subscription), ("AZURE_TENANT_ID", Tenant),
            ("AZURE_LOCATION", "westeurope"),
            ("AZURE_RESOURCE_GROUP", "percall"), ("PERCALL_OPERATOR_EMAIL", "operator@example.com"),
            ("PERCALL_ADDRESS", "https://percall.example.com"), ("PERCALL_APP", "func-percall"), ("PERCALL_STORAGE", "stpercall"),
            ("PERCALL_TOPIC", "evgt-percall"), ("PERCALL_VAULT", "kvpercall"), ("PERCALL_VAULT_ENTRY", "operator-key"),
        ];
        foreach (var (name, value) in always.Concat(environment))
        {
            start.Environment[name] = value;
        }

        var run = await Processes.RunAsync(start, Cancellation);
        return (run.Code, run.All);
    }

    [GeneratedRegex(@"az provider register --subscription \S+ --namespace (\S+)")]
    private static partial Regex Namespace();

    private sealed record AzureYaml
    {
        public string Name { get; init; } = "";

        public Dictionary<string, string> RequiredVersions { get; init; } = [];

        public Infra Infra { get; init; } = new();

        public Dictionary<string, ServiceEntry> Services { get; init; } = [];

        public Dictionary<string, Hooks> Hooks { get; init; } = [];
    }

    private sealed record Infra
    {
        public string Provider { get; init; } = "";

        public string Path { get; init; } = "";

        public string Module { get; init; } = "";
    }

    private sealed record ServiceEntry
    {
        public string Project { get; init; } = "";

        public string Language { get; init; } = "";

        public string Host { get; init; } = "";
    }

    private sealed record Hooks
    {
        public Hook Windows { get; init; } = new();

        public Hook Posix { get; init; } = new();
    }

    private sealed record Hook
    {
        public string Shell { get; init; } = "";

        public string Run { get; init; } = "";
    }
}
