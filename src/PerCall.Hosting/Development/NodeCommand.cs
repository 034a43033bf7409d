using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Development;

/// <summary>Runs Node.js and npm.</summary>
internal static class NodeCommand
{
    public const int OldestVersion = 20;

    /// <exception cref="StartException">Node.js is missing or too old.</exception>
    public static async Task CheckVersionAsync(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync("node", ["--version"], Environment.CurrentDirectory, cancellationToken);
        var version = output.Trim();
        if (exitCode != 0 || !int.TryParse(
            version.TrimStart('v').Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major))
        {
            throw new StartException($"'node --version' failed, and Azurite needs Node.js {OldestVersion} or newer: {version}");
        }

        if (major < OldestVersion)
        {
            throw new StartException($"Node.js is {version}, but Azurite, the development storage, needs {OldestVersion} or newer.");
        }
    }

    /// <summary>Runs a command and returns its exit code and all its output.</summary>
    /// <exception cref="StartException">The command does not exist.</exception>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string command, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new StartException(
                $"'{start.FileName}' was not found. Azurite, the development storage, needs Node.js {OldestVersion} or newer "
                    + "(nodejs.org). Install it, " +
                "or set AzureWebJobsStorage to a storage account.");
        }
    }
}
