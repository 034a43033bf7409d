using System.Diagnostics;

namespace PerCall.Testing;

/// <summary>Runs <c>percall</c> as a process. The test's project has to have it built.</summary>
public static class PerCallCommand
{
    /// <param name="environment">A variable that the command reads.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The exit code, and what the command wrote.</returns>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        (string Name, string Value) environment, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var command = Path.Combine(Repository.Root, "artifacts", "bin", "PerCall.Cli", configuration, "percall.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [command, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [environment.Name] = environment.Value },
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await error);
    }
}
