using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

namespace PerCall.Bench.Results;

/// <summary>What a result depends on besides the code.</summary>
internal static class Machine
{
    public static IEnumerable<(string Name, string Value)> Describe(TimeProvider time)
    {
        yield return ("date", time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        yield return ("processor", $"{Processor()}, {Environment.ProcessorCount} cores");
        yield return ("system", RuntimeInformation.OSDescription);
        yield return (".NET", Environment.Version.ToString());
        yield return ("ONNX Runtime", VersionOf(typeof(InferenceSession)));
        yield return ("SkiaSharp", VersionOf(typeof(SKCodec)));
        yield return ("Node.js", Node());
    }

    /// <summary>Processes that ran or waited for a core over the last minute: 0 on a quiet machine.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").First(l => l.StartsWith("model name", StringComparison.Ordinal)).Split(':')[1].Trim()
        : RuntimeInformation.ProcessArchitecture.ToString();

    private static string Node()
    {
        using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true })!;
        return node.StandardOutput.ReadToEnd().Trim();
    }
}
