using System.Diagnostics;
using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>The README's commands, as a newcomer runs them: in a fresh clone, pasted as they stand.</summary>
public sealed partial class ReadmeTests
{
    private const string DemoKey = "pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readme_InAFreshClone_StartsAndAnswersTheCallsItShows()
    {
        Assert.SkipUnless(Path.Exists(Path.Combine(Repository.Root, ".git")), "This is no clone, so it cannot be cloned.");
        using var folder = new TemporaryFolder();
        await RunAsync(folder.Path, $"git clone --quiet --depth 1 'file://{Repository.Root}' percall");
        var clone = folder.File("percall");
        var blocks = Blocks(await File.ReadAllTextAsync(Path.Combine(clone, "README.md"), Cancellation));
        var start = Assert.Single(blocks, b => b.StartsWith("dotnet run", StringComparison.Ordinal));
        Assert.Contains("dotnet test Functions.sln", blocks);
        var port = FreePorts.Find(1)[0];
        var storage = FreePorts.FindRow(3);

        using var service = Start(clone, $"exec {start}", new()
        {
            ["ASPNETCORE_URLS"] = $"http://localhost:{port}",
            // Whatever Azurite the developer runs on its own ports is left alone.
            ["PerCall__Hosting__DevelopmentStoragePort"] = $"{storage}",
            ["PerCall__Models__CacheFolder"] = folder.File("cache"),
            ["PERCALL_DEMO_KEY"] = DemoKey,
            ["PERCALL_ADMIN_KEY"] = Service.OperatorKey,
        });
        var output = new ProcessOutput(service);
        output.Begin();
        try
        {
            var ready = await output.WaitAsync(lines => lines.FirstOrDefault(l => l.TrimStart().StartsWith("curl ", StringComparison.Ordinal)), Patience);

            Assert.Contains(output.Lines, l => l.Trim() == $"export PERCALL_DEMO_KEY={DemoKey}");
            Assert.Contains("\"label\":\"Ankle boot\"", await RunAsync(folder.Path, ready.Trim()), StringComparison.Ordinal);
            var calls = blocks.Where(b => (b.StartsWith("curl ", StringComparison.Ordinal) || b.StartsWith("printf ", StringComparison.Ordinal)) && !b.Contains("my-model.zip", StringComparison.Ordinal)).ToList();
            var answers = new List<string>();
            foreach (var call in calls)
            {
                answers.Add(await RunAsync(clone, call.Replace("localhost:7071", $"localhost:{port}", StringComparison.Ordinal), new() { ["PERCALL_DEMO_KEY"] = DemoKey, ["PERCALL_ADMIN_KEY"] = Service.OperatorKey }));
            }

            Assert.Equal(["Ankle boot", "spam", "\"user\"", "\"history\"", "spam", "\"batch\"", ""], answers.Select(a => First().Match(a).Groups["first"].Value));
            // The last one writes a page.
            Assert.Contains("images.classify", await File.ReadAllTextAsync(Path.Combine(clone, "invoice.html"), Cancellation), StringComparison.Ordinal);
        }
        finally
        {
            await RunAsync(folder.Path, $"kill -TERM {service.Id}");
            await service.WaitForExitAsync(Cancellation);
        }

        Assert.Contains(output.Lines, l => l.Contains("Azurite is started", StringComparison.Ordinal));
        Assert.Equal(storage, FreePorts.FindRow(3, storage));
    }

    private static List<string> Blocks(string readme) => [.. ShellBlock().Matches(readme).Select(m => m.Groups[1].Value.Trim())];

    private static async Task<string> RunAsync(string folder, string command, Dictionary<string, string>? environment = null)
    {
        using var process = Start(folder, command, environment ?? []);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"{command}\nended with {process.ExitCode}: {await errors}");
        return await output;
    }

    private static Process Start(string folder, string command, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // The build of the clone is none of this test run's.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{command} was not started.");
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    /// <summary>The best label, or what a recommendation rests on where it recommends something.</summary>
    [GeneratedRegex("\"predictions\":\\[\\{\"label\":\"(?<first>[^\"]*)\"|\"basis\":(?<first>\"[a-z]*\"),\"recommendations\":\\[\\{\"item\":\"[a-z]+-[0-9]+\"|\"data\":\\[\\{\"operation\":(?<first>\"[a-z.]+\")")]
    private static partial Regex First();
}
