namespace PerCall.Hooks;

/// <summary>The end of a step that cannot go on.</summary>
internal static class Fault
{
    /// <returns>The exit code.</returns>
    public static async Task<int> ReportAsync(string fault)
    {
        await Console.Error.WriteLineAsync(fault);
        return 1;
    }
}
