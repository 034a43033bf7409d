using System.Globalization;
using PerCall.Inference;

namespace PerCall.Training.Commands;

/// <summary>Runs a command: writes progress and errors to standard error, and returns an exit code.</summary>
internal static class CommandRun
{
    public static async Task<int> Async(Func<TrainingLog, Task> run)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            await run(new(Console.Error, TimeProvider.System));
            return 0;
        }
        catch (Exception e)
            when (e is TrainingException or InferenceException or IOException or UnauthorizedAccessException or ArithmeticException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }
}
