using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Telemetry;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Requests;

/// <summary>Times of a call's stages in milliseconds, for the header <c>Server-Timing</c> (W3C).</summary>
public sealed class ServerTiming
{
    public const string Header = "Server-Timing";

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<(string Name, TimeSpan Duration)> _stages = [];

    public static ServerTiming Start(HttpContext http)
    {
        var timing = new ServerTiming();
        http.Items[typeof(ServerTiming)] = timing;
        return timing;
    }

    public static ServerTiming Of(HttpContext http) => (ServerTiming)http.Items[typeof(ServerTiming)]!;

    public void Add(string stage, TimeSpan duration) => _stages.Add((stage, duration));

    /// <summary>Adds the three stages of a model call that has just ended: waiting, decoding the input, and inference.</summary>
    public void AddRun(ModelManifest manifest, TimeSpan queued, TimeSpan decoded, TimeSpan inferred)
    {
        var model = $"{manifest.Name}/{manifest.Version}";
        var end = TimeProvider.System.GetUtcNow();
        ReadOnlySpan<(string, TimeSpan, TimeSpan)> stages = [(
            "queue", queued, decoded + inferred), ("decode", decoded, inferred), ("infer", inferred, TimeSpan.Zero)];
        foreach (var (stage, duration, after) in stages)
        {
            Add(stage, duration);
            Measures.Run(stage, duration, model);
            Traces.Record(stage, end - after, duration, model);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, duration) in _stages.Append(("total", Stopwatch.GetElapsedTime(_started))))
        {
            text.Append(text.Length == 0 ? "" : ", ").Append(
                CultureInfo.InvariantCulture, $"{name};dur={duration.TotalMilliseconds:0.###}");
        }

        return text.ToString();
    }
}
