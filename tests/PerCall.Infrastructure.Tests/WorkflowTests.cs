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

        Assert.Equal(3, commands.Count);
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

    [Fact]
    public async Task Scripts_AreValidForTheShell()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The workflow runs in bash.");
        foreach (var script in Scripts)
        {
            var start = new ProcessStartInfo("bash", ["-n"]) { RedirectStandardInput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(script.AsMemory(), Cancellation);
            process.StandardInput.Close();
            var faults = await process.StandardError.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            Assert.True(process.ExitCode == 0, $"{script}\n{faults}");
        }
    }

    [GeneratedRegex(@"(^|[|;&]\s*|\$\()\s*az ")]
    private static partial Regex AzureCommand();

    private sealed record Workflow
    {
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
        public string? Uses { get; init; }

        public string? Run { get; init; }

        public Dictionary<string, string> With { get; init; } = [];

        public Dictionary<string, string> Env { get; init; } = [];
    }
}
