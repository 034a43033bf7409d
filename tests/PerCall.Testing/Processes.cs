using System.Diagnostics;

namespace PerCall.Testing;

/// <summary>What a process wrote until its end.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public readonly record struct CommandResult(int Code, string Output, string Error)
{
    /// <summary>Both outputs, for the message of a failure.</summary>
    public string All => Output + Error;
}

/// <summary>Runs processes to their end. Those that go on are a <see cref="ServiceProcess"/>.</summary>
public static class Processes
{
    /// <summary>Starts a process, and reads both of its outputs at once, so that neither can stop it.</summary>
    /// <param name="start">The program, its arguments and its environment.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="input">Its standard input; null: that of this process.</param>
    public static async Task<CommandResult> RunAsync(ProcessStartInfo start, CancellationToken cancellation, string? input = null)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, input is not null);
        using var process = Process.Start(start)!;
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }

        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return new(process.ExitCode, await output, await error);
    }
}
