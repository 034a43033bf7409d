using Microsoft.Extensions.Options;

namespace PerCall.Functions.Startup;

/// <summary>
/// Reports invalid settings and missing storage at startup with one sentence each. The built-in host does this by itself; the worker of a
/// Functions host would end with a stack trace.
/// </summary>
public static class StartFaults
{
    /// <param name="run">Runs until the process ends.</param>
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
