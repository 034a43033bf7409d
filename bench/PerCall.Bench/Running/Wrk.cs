using System.Globalization;
using System.Text.RegularExpressions;

namespace PerCall.Bench.Running;

/// <summary>What wrk measured.</summary>
/// <param name="Rate">Answers per second.</param>
/// <param name="Median">Of the time from request to answer, ms.</param>
/// <param name="Percentile99">Likewise.</param>
/// <param name="Cores">Processors that wrk itself kept busy.</param>
internal sealed record WrkResult(double Rate, double Median, double Percentile99, double Cores);

/// <summary>What wrk is to do.</summary>
/// <param name="Url">Where to.</param>
/// <param name="Script">A Lua file of <c>bench</c>.</param>
/// <param name="File">What the script reads.</param>
/// <param name="Key">A tenant's key, for a service that asks for one.</param>
internal sealed record WrkLoad(Uri Url, string Script, string File, string? Key = null);

/// <summary>Calls a service on several connections, by wrk.</summary>
internal static partial class Wrk
{
    private const double TicksPerSecond = 100;

    /// <exception cref="InvalidOperationException">Answers were lost, or were not 200.</exception>
    public static async Task<WrkResult> RunAsync(WrkLoad load, int connections, int seconds, CancellationToken cancellation)
    {
        var before = ChildSeconds();
        var text = await Tool.RunAsync(
            "wrk",
            ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "--latency", "-s", Path.Combine(
                BenchFiles.Folder,
                load.Script), load.Url.ToString(), "--", load.File, .. load.Key is null ? Array.Empty<string>() : [load.Key]],
            BenchFiles.Folder,
            cancellation);
        var cores = (ChildSeconds() - before) / seconds;
        if (text.Contains("Non-2xx", StringComparison.Ordinal) || text.Contains("Socket errors", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(text);
        }

        var rate = double.Parse(RateLine().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
        return new(rate, Latency(text, "50"), Latency(text, "99"), cores);
    }

    private static double Latency(string text, string percent)
    {
        var line = LatencyLine().Matches(text).First(m => m.Groups["percent"].Value == percent);
        var value = double.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture);
        return line.Groups["unit"].Value switch { "us" => value / 1000, "ms" => value, _ => value * 1000 };
    }

    /// <summary>Processor time of the children of this process that have ended, from the fields cutime and cstime.</summary>
    private static double ChildSeconds()
    {
        var fields = File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ');
        return (
            long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex RateLine();

    [GeneratedRegex(@"(?<percent>50|99)%\s+(?<value>[0-9.]+)(?<unit>us|ms|s)")]
    private static partial Regex LatencyLine();
}
