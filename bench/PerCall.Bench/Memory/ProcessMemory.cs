using System.Globalization;

namespace PerCall.Bench.Memory;

/// <summary>Resident memory of a process, megabytes, as Linux has it.</summary>
internal static class ProcessMemory
{
    /// <summary>Has this process give back what it does not need, and forget its peak.</summary>
    /// <returns>What is left.</returns>
    public static double Settle()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Forget(Environment.ProcessId);
        return Resident(Environment.ProcessId);
    }

    /// <summary>Has a process's peak be counted from now on.</summary>
    public static void Forget(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    /// <summary>This process's peak.</summary>
    public static double Peak() => Peak(Environment.ProcessId);

    /// <summary>A process's peak, since it was last forgotten.</summary>
    public static double Peak(int process) => Read(process, "VmHWM");

    /// <summary>What a process has now.</summary>
    public static double Resident(int process) => Read(process, "VmRSS");

    private static double Read(int process, string field)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) / 1024;
    }
}
