using Microsoft.Extensions.Options;

namespace PerCall.Functions.Startup;

/// <summary>
/// Settings that cannot be, and storage that is not there, end the start with a sentence each. The built-in host says them by itself; the
/// worker of a Functions host would end with a stack trace.
/// </summary>
public static class StartFaults
{
    /// <param name="run">Runs until the process is to end.</param>
    /// <returns>The exit code.</returns>
    public static int Run(Action run)
    {
        try
        {
            run();
            return Environment.ExitCode;
        }
        catch (OptionsValidationException e)
        {
            return Fail(e.Failures);
        }
        catch (AggregateException e) when (e.InnerExceptions.All(i => i is OptionsValidationException))
        {
            return Fail(e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(i => i.Failures));
        }
    }

    private static int Fail(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"error: {fault}");
        }

        return 1;
    }
}
