using System.Diagnostics;
using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace PerCall.Infrastructure.Tests;

/// <summary>The deployment workflow. It cannot run here; what can be read of it is held.</summary>
public sealed partial class WorkflowTests
{
    private static readonly Workflow Deploy = new DeserializerBuilder()
        .WithNamingConvention(HyphenatedNamingConvention.Instance).IgnoreUnmatchedProperties().WithDuplicateKeyChecking().Build()
        .Deserialize<Workflow>(File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "deploy.yml")));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Scripts => Deploy.Jobs.Values.SelectMany(j => j.Steps).Select(s => s.Run).OfType<string>();

    [Fact]
    public void Actions_ArePinnedToACommit() => Assert.All(
        Deploy.Jobs.Values.SelectMany(j => j.Steps).Select(s => s.Uses).OfType<string>(), use => Assert.Matches("@[0-9a-f]{40}$", use));

    [Fact]
    public void AzureCommands_EachNamesTheSubscription()
    {
        var commands = Scripts.SelectMany(s => s.Split('\n')).Where(l => AzureCommand().IsMatch(l)).ToList();

        Assert.Equal(4, commands.Count);
        Assert.All(commands, c => Assert.Contains("--subscription \"$AZURE_SUBSCRIPTION_ID\"", c, StringComparison.Ordinal));
    }

    [Fact]
    public void Identity_IsOfTheJobsAlone_AndThereIsNoPassword()
    {
        Assert.Equal(KeyValuePair.Create("contents", "read"), Assert.Single(Deploy.Permissions));
        Assert.All(Deploy.Jobs.Values, job =>
        {
            Assert.Equal("write", job.Permissions["id-token"]);
            var login = Assert.Single(job.Steps, s => s.Uses?.StartsWith("azure/login@", StringComparison.Ordinal) == true);
            Assert.Equal(["client-id", "subscription-id", "tenant-id"], login.With.Keys.Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void PullRequest_IsPreviewed_AndAPushIsDeployedAndCalled()
    {
        var preview = Deploy.Jobs["preview"];
        var deploy = Deploy.Jobs["deploy"];

        Assert.StartsWith("github.event_name == 'pull_request' && ", preview.If, StringComparison.Ordinal);
        Assert.Contains("az deployment group what-if ", preview.Steps[^1].Run, StringComparison.Ordinal);
        Assert.DoesNotContain(preview.Steps, s => s.Run?.Contains("group create", StringComparison.Ordinal) == true);
        Assert.StartsWith("github.event_name != 'pull_request' && ", deploy.If, StringComparison.Ordinal);
        Assert.Equal("dotnet run --project infra/hooks -- smoke", deploy.Steps[^1].Run);
        Assert.Equal("${{ secrets.PERCALL_SMOKE_KEY }}", deploy.Steps[^1].Env["PERCALL_SMOKE_KEY"]);
        // The same publish as azd's.
        Assert.Contains(
            deploy.Steps, s => s.Run?.StartsWith("dotnet publish infra/app -c Release --output ", StringComparison.Ordinal) == true);
    }

    /// <summary>A host, whether its image is named, and the steps that run for it.</summary>
    [Theory]
    [InlineData("functions", false, "Checks, Package, Resources, Code, First start and upload events, One paid call")]
    [InlineData("containerapps", false, "Checks, Image, Resources, First start and upload events, One paid call")]
    [InlineData("containerapps", true, "Checks, Resources, First start and upload events, One paid call")]
    public void Deployment_OfEachHost_RunsItsSteps(string host, bool hasImage, string expected)
    {
        // All conditions are of this form.
        bool Holds(string condition) => condition.Split(" && ").All(part => part switch
        {
            "env.PERCALL_HOST == 'functions'" => host == "functions",
            "env.PERCALL_HOST == 'containerapps'" => host == "containerapps",
            "vars.PERCALL_IMAGE == ''" => !hasImage,
            _ => throw new ArgumentException(part),
        });
        var steps = Deploy.Jobs["deploy"].Steps.Where(s => s.Name is not null && (s.If is null || Holds(s.If))).ToList();

        Assert.Equal(expected, string.Join(", ", steps.Select(s => s.Name)));
        Assert.Equal("dotnet run --project infra/hooks -- preprovision", steps[0].Run);
        // What is deployed is what was built: the parameter file names the same image.
        Assert.All(
            steps.Where(s => s.Name == "Image"),
            s => Assert.EndsWith("docker push \"$PERCALL_IMAGE\"", s.Run!.Trim(), StringComparison.Ordinal));
    }

    [Fact]
    public void Hosts_AreChosenByAVariable()
    {
        Assert.Equal("${{ vars.PERCALL_HOST || 'functions' }}", Deploy.Env["PERCALL_HOST"]);
        // A new tag for each commit; with a known one, Container Apps would start nothing new.
        Assert.Equal(
            "${{ vars.PERCALL_IMAGE || vars.PERCALL_REGISTRY && format('{0}.azurecr.io/percall:{1}', vars.PERCALL_REGISTRY, github.sha) }}",
            Deploy.Env["PERCALL_IMAGE"]);
        // The checks compare it with the tenant that the workflow signs in to.
        Assert.Equal("${{ vars.AZURE_TENANT_ID }}", Deploy.Env["AZURE_TENANT_ID"]);
    }

    /// <summary>Both jobs use the file, and what it cannot read is what an operator has to set after the first deployment.</summary>
    [Fact]
    public async Task Variables_OfTheParameterFile_AreAllPassed()
    {
        var file = await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "prod.bicepparam"), Cancellation);
        var read = Variable().Matches(file);

        Assert.All(Deploy.Jobs.Values, job => Assert.Contains(
            job.Steps, s => s.Run?.Contains("--parameters infra/prod.bicepparam", StringComparison.Ordinal) == true));
        string[] needed =
            ["PERCALL_RECORD_LOCKED", "PERCALL_OPERATOR_KEY_PREVIOUS", "PERCALL_MONTHLY_BUDGET", "PERCALL_OPERATOR_EMAIL2"];
        Assert.Empty(needed.Except(read.Select(m => m.Groups["name"].Value)));

        Assert.All(read, m =>
        {
            var passed = Deploy.Env[m.Groups["name"].Value];
            Assert.StartsWith($"${{{{ vars.{m.Groups["name"].Value} ", passed, StringComparison.Ordinal);
            // A variable that is not set is passed as an empty text, which is neither a number nor true or false.
            if (m.Groups["type"].Success)
            {
                Assert.Equal($"${{{{ vars.{m.Groups["name"].Value} || '{m.Groups["default"].Value}' }}}}", passed);
            }
        });
    }

    [Fact]
    public async Task Scripts_AreValidForTheShell()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The workflow runs in bash.");
        foreach (var script in Scripts)
        {
            var run = await Processes.RunAsync(new ProcessStartInfo("bash", ["-n"]), Cancellation, script);
            Assert.True(run.Code == 0, $"{script}\n{run.All}");
        }
    }

    [GeneratedRegex(@"(^|[|;&]\s*|\$\()\s*az ")]
    private static partial Regex AzureCommand();

    [GeneratedRegex(@"(?<type>bool|int)?\(?readEnvironmentVariable\('(?<name>\w+)', '(?<default>[^']*)'\)")]
    private static partial Regex Variable();

    private sealed record Workflow
    {
        public Dictionary<string, string> Env { get; init; } = [];

        public Dictionary<string, string> Permissions { get; init; } = [];

        public Dictionary<string, Job> Jobs { get; init; } = [];
    }

    private sealed record Job
    {
        public string If { get; init; } = "";

        public Dictionary<string, string> Permissions { get; init; } = [];

        public List<Step> Steps { get; init; } = [];
    }

    private sealed record Step
    {
        public string? Name { get; init; }

        public string? If { get; init; }

        public string? Uses { get; init; }

        public string? Run { get; init; }

        public Dictionary<string, string> With { get; init; } = [];

        public Dictionary<string, string> Env { get; init; } = [];
    }
}
