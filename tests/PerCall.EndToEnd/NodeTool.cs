using System.Diagnostics;
using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Runs the scripts of a folder of <c>tools</c> with Node.js. The first run installs the folder's package.</summary>
/// <param name="name">The folder.</param>
/// <param name="package">The package that shows that the folder's packages are installed.</param>
internal sealed class NodeTool(string name, string package)
{
    // One for all folders: npm's cache is shared.
    private static readonly SemaphoreSlim Installing = new(1);

    private readonly string _folder = Path.Combine(Repository.Root, "tools", name);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Runs one of the folder's scripts.</summary>
    /// <param name="arguments">The script and its arguments.</param>
    /// <param name="environment">What it reads from its environment.</param>
    /// <returns>The JSON that it prints.</returns>
    public async Task<JsonNode> RunAsync(string[] arguments, params (string Name, string? Value)[] environment)
    {
        await InstallAsync();
        return JsonNode.Parse(await StartAsync("node", arguments, environment))!;
    }

    private async Task InstallAsync()
    {
        await Installing.WaitAsync(Cancellation);
        try
        {
            if (!Directory.Exists(Path.Combine(_folder, "node_modules", package)))
            {
                await StartAsync("npm", ["ci", "--no-audit", "--no-fund"], []);
            }
        }
        finally
        {
            Installing.Release();
        }
    }

    private async Task<string> StartAsync(string command, string[] arguments, (string Name, string? Value)[] environment)
    {
        var start =
            new ProcessStartInfo(command, arguments)
            {
                WorkingDirectory = _folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (
                process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
            await process.WaitForExitAsync(Cancellation).WaitAsync(ProcessOutput.StartPatience, Cancellation);
            Assert.True(process.ExitCode == 0, $"{command} has failed: {await errors}{await output}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
