using System.Diagnostics;

namespace PerCall.Testing;

/// <summary>Runs <c>percall</c> as a process. The test's project has to have it built.</summary>
public static class PerCallCommand
{
    /// <param name="environment">A variable that the command reads.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static Task<CommandResult> RunAsync(
        (string Name, string Value) environment, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Assembly("PerCall.Cli", "percall"), .. arguments])
        {
            Environment = { [environment.Name] = environment.Value },
        };
        // Without a terminal, so that no command waits for an answer.
        return Processes.RunAsync(start, cancellation, input: "");
    }
}
