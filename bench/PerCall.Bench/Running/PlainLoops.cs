using System.Diagnostics;

namespace PerCall.Bench.Running;

/// <summary>The same call again and again, on a number of threads.</summary>
internal static class PlainLoops
{
    /// <returns>Calls per second.</returns>
    public static double Run(Action call, int loops, double seconds)
    {
        var calls = 0;
        var started = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, loops).Select(_ => new Thread(() =>
        {
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
            {
                call();
                Interlocked.Increment(ref calls);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return calls / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
