using System.Diagnostics;
using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The commands that azd itself runs on the project that azure.yaml names.</summary>
public sealed partial class AzdTests : IDisposable
{
    private const string Project = "PerCall.App.csproj";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// azd does this for every .NET service: init before anything else, and set with the deployment's outputs after provisioning. It stops
    /// if either fails.
    /// </summary>
    [Fact]
    public async Task UserSecrets_InitAndSet_SucceedAndLeaveTheProjectAsItIs()
    {
        var original = Path.Combine(Bicep.Folder, "app", Project);
        var copy = _folder.File(Project);
        File.Copy(original, copy);

        await RunAsync("", "user-secrets", "init", "--project", copy);
        await RunAsync("""{"PERCALL_ADDRESS": "https://percall.example.com"}""", "user-secrets", "set", "--project", copy);

        Assert.Equal(await File.ReadAllTextAsync(original, Cancellation), await File.ReadAllTextAsync(copy, Cancellation));
        var secrets = Assert.Single(Directory.GetFiles(_folder.Path, "secrets.json", SearchOption.AllDirectories));
        Assert.Contains("https://percall.example.com", await File.ReadAllTextAsync(secrets, Cancellation), StringComparison.Ordinal);
    }

    /// <summary>
    /// azd writes the deployment's outputs into the environment that the parameters are read from. An output with a parameter's name would
    /// be the parameter's value at the next deployment.
    /// </summary>
    [Fact]
    public async Task Outputs_AzdWritesThemIntoItsEnvironment_AreNoParameters()
    {
        var inputs = Inputs().Matches(await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "main.bicepparam"), Cancellation))
            .Select(m => m.Groups[1].Value).ToList();
        var deployment = await Combinations.GetAsync("functions joined address");

        Assert.NotEmpty(inputs);
        Assert.DoesNotContain(deployment.Outputs.Select(o => o.Key), inputs.Contains);
    }

    [GeneratedRegex(@"readEnvironmentVariable\('([A-Z0-9_]+)'")]
    private static partial Regex Inputs();

    private async Task RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments);
        // The secrets of whoever runs the tests are left alone.
        foreach (var home in (string[])["HOME", "DOTNET_CLI_HOME", "APPDATA"])
        {
            start.Environment[home] = _folder.Path;
        }

        start.Environment["DOTNET_NOLOGO"] = "1";
        var run = await Processes.RunAsync(start, Cancellation, input);
        Assert.True(run.Code == 0, $"dotnet {string.Join(' ', arguments)}: {run.All}");
    }
}
