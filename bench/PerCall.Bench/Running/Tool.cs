using System.Diagnostics;

namespace PerCall.Bench.Running;

/// <summary>A program that is run to its end.</summary>
internal static class Tool
{
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string folder, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} ended with code {process.ExitCode}:\n{output}\n{await errors}");
    }
}
