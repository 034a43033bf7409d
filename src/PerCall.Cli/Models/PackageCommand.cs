using System.CommandLine;
using PerCall.Client;
using PerCall.Inference;

namespace PerCall.Cli.Models;

/// <summary>Runs a command over a package, and prints its failure as sentences.</summary>
internal static class PackageCommand
{
    /// <summary>Exit code: the package is refused, or an answer is missing.</summary>
    private const int Refused = 1;

    /// <summary>Exit code: the service did not do it.</summary>
    private const int Unavailable = 2;

    public static async Task<int> RunAsync(ParseResult parsed, Func<Task> run)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            await run();
            return 0;
        }
        catch (PackageRefusedException e)
        {
            foreach (var fault in e.Faults)
            {
                await error.WriteLineAsync(fault.ToString());
            }

            return Refused;
        }
        catch (Exception e) when (e is InferenceException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(e.Message);
            return Refused;
        }
        catch (Exception e) when (e is PerCallException or HttpRequestException)
        {
            await error.WriteLineAsync(e.Message);
            return Unavailable;
        }
    }
}
