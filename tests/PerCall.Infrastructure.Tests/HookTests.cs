using System.Diagnostics;
using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The scripts around a deployment, with stand-ins for the programs that reach Azure.</summary>
public sealed partial class HookTests : IDisposable
{
    private const string Key = "the-operators-own-key";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AzureYaml_NamesWhatIsThere()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "azure.yaml"), Cancellation);
        var paths = Paths().Matches(text).Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(["infra", "infra/app", "infra/hooks/preprovision.sh", "infra/hooks/postdeploy.sh"], paths);
        Assert.All(paths, p => Assert.True(Path.Exists(Path.Combine(Repository.Root, p)), $"There is no {p}."));
    }

    [Fact]
    public async Task PostDeploy_PrintsWhereTheKeyIs_AndNeverAsksForIt()
    {
        StandIn("az", $"""case "$1 $2" in "keyvault secret") echo {Key} ;; esac""");
        StandIn("curl", ":");

        var (code, output) = await RunAsync("postdeploy.sh");

        Assert.True(code == 0, output);
        Assert.Contains("https://percall.example.com", output, StringComparison.Ordinal);
        Assert.Contains("secret operator-key in the key vault kvpercall", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, output, StringComparison.Ordinal);
        var calls = await File.ReadAllTextAsync(Log, Cancellation);
        Assert.DoesNotContain("keyvault", calls, StringComparison.Ordinal);
        Assert.Contains(
            "inbox-events.bicep --output none --parameters appName=func-percall topicName=evgt-percall storageName=stpercall", calls,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task PreProvision_NobodyToTell_IsRefused()
    {
        StandIn("az", ":");
        StandIn("azd", ":");

        var (code, output) = await RunAsync("preprovision.sh", ("PERCALL_OPERATOR_EMAIL", ""));

        Assert.NotEqual(0, code);
        Assert.Contains("azd env set PERCALL_OPERATOR_EMAIL", output, StringComparison.Ordinal);
    }

    private string Log => Path.Combine(_folder.Path, "calls");

    /// <summary>A program that writes down how it was called.</summary>
    private void StandIn(string name, string does)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, $"#!/bin/sh\necho \"{name} $*\" >> \"$LOG\"\n{does}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private async Task<(int Code, string Output)> RunAsync(string hook, params (string Name, string Value)[] environment)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The hooks are for sh.");
        StandIn("sleep", ":");
        var start = new ProcessStartInfo(
            "sh", [Path.Combine(Bicep.Folder, "hooks", hook)])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        (string, string)[] always =
        [
            ("PATH", $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}"), ("LOG", Log), ("AZURE_RESOURCE_GROUP", "percall"),
            ("PERCALL_ADDRESS", "https://percall.example.com"),
            ("PERCALL_APP", "func-percall"), ("PERCALL_STORAGE", "stpercall"), ("PERCALL_TOPIC", "evgt-percall"),
            ("PERCALL_VAULT", "kvpercall"), ("PERCALL_VAULT_ENTRY", "operator-key"),
            ("PERCALL_ADMIN_KEY", ""),
        ];
        foreach (var (name, value) in always.Concat(environment))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, faults) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await faults);
    }

    [GeneratedRegex(@"^ *(?:path|project|run): (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Paths();
}
