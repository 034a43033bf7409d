using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Inference.Registry;
using PerCall.Testing;

namespace PerCall.Bench.OpenInference;

/// <summary>
/// <c>open-inference</c>: how much of the bare graph's rate is left when it is called with tensors, as binary data and as JSON.
/// </summary>
internal static class OpenInferenceCommand
{
    private const int WarmUpSeconds = 5;

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 8, Description = "Of each measurement." };
        var connections = new Option<int>("--connections") { DefaultValueFactory = _ => 8 };
        var command = new Command(
            "open-inference", "Calls per second with tensors: bare graph, service.") { rounds, seconds, connections };
        command.SetAction(
            (parsed, cancellation) =>
                RunAsync(parsed.GetValue(rounds), parsed.GetValue(seconds), parsed.GetValue(connections), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, int seconds, int connections, CancellationToken cancellation)
    {
        var report = new Report("Tensors");
        await using var bed = await ServiceBed.CreateAsync(BenchFiles.Packages, cancellation);
        await using var service = await bed.StartAsync();
        using var folder = new TemporaryFolder();
        var (binary, json) = await WriteCallsAsync(folder, cancellation);
        await Wrk.RunAsync(Load(service.Address, binary), connections, WarmUpSeconds, cancellation);
        await Wrk.RunAsync(Load(service.Address, json), connections, WarmUpSeconds, cancellation);

        var rounds = new List<Round>();
        while (rounds.Count < count)
        {
            rounds.Add(new(
                await BareAsync(loops: Environment.ProcessorCount, threads: 1, seconds, cancellation),
                await BareAsync(loops: 1, threads: Environment.ProcessorCount, seconds, cancellation),
                await Wrk.RunAsync(Load(service.Address, binary), connections, seconds, cancellation),
                await Wrk.RunAsync(Load(service.Address, json), connections, seconds, cancellation)));
            Console.WriteLine($"round {rounds.Count}: {rounds[^1]}");
        }

        Write(report, rounds, seconds, connections, new FileInfo(json).Length);
        await report.WriteAsync("open-inference", cancellation);
    }

    private static void Write(Report report, List<Round> rounds, int seconds, int connections, long jsonBytes)
    {
        var (loops, wide) = (Statistics.Median(rounds.Select(r => r.BareLoops)), Statistics.Median(rounds.Select(r => r.BareWide)));
        var (binary, json) = (Statistics.Median(rounds.Select(r => r.Binary.Rate)), Statistics.Median(rounds.Select(r => r.Json.Rate)));
        var bare = Math.Max(loops, wide);
        report.Paragraph($"""
            `POST /v2/models/mobilenet/infer` with a tensor of 1 × 3 × {BareTensors.Side} × {BareTensors.Side} float32 (602,112 bytes; as JSON {jsonBytes:N0} bytes) and
            MobileNetV2, {connections} connections, {Environment.ProcessorCount} cores, load by wrk on the same cores. {rounds.Count} interleaved rounds of {seconds} s each;
            calls per second. The bare graph runs on the same tensor in plain loops without HTTP: one loop a core with runs of one thread, or one
            loop with runs over all cores; the better is the limit. The answer has 1,000 values, in the form of the request.
            """);
        report.Paragraph($"""
            **binary / bare {binary / bare:0.000}** (wanted: at least 0.90), JSON / bare {json / bare:0.000}
            """);
        report.Table(
            ["round", "bare, a loop a core", "bare, runs over all cores", "binary", "JSON"],
            [
                .. rounds.Select(
                    (r, i) => new[] { Text(i + 1, "0"), Text(r.BareLoops), Text(r.BareWide), Text(r.Binary.Rate), Text(r.Json.Rate) }),
                ["median", Text(loops), Text(wide), Text(binary), Text(json)],
            ]);
        report.Table(
            ["medians under this load", "half of the calls within, ms", "99 % within, ms", "cores that wrk took"],
            [Under("binary", rounds.Select(r => r.Binary)), Under("JSON", rounds.Select(r => r.Json))]);
    }

    /// <returns>Paths of the JSON of both calls. Beside the first one are its tensors.</returns>
    private static async Task<(string Binary, string Json)> WriteCallsAsync(TemporaryFolder folder, CancellationToken cancellation)
    {
        var package = await new FolderPackageStore(BenchFiles.Packages).FindAsync(BenchFiles.Network, "1", cancellation);
        var name = package!.Manifest.Inputs[0].Name;
        var values = BareTensors.Values();
        var (binary, json) = (folder.File("binary.json"), folder.File("call.json"));
        await File.WriteAllBytesAsync(binary, JsonSerializer.SerializeToUtf8Bytes(new
        {
            parameters = new { binary_data_output = true },
            inputs = new[]
            {
                new
                {
                    name,
                    shape = BareTensors.Shape,
                    datatype = "FP32",
                    parameters = new { binary_data_size = values.Length * sizeof(float) },
                },
            },
        }), cancellation);
        await File.WriteAllBytesAsync($"{binary}.bin", MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), cancellation);
        await File.WriteAllBytesAsync(json, JsonSerializer.SerializeToUtf8Bytes(new
        {
            inputs = new[] { new { name, shape = BareTensors.Shape, datatype = "FP32", data = values } },
        }), cancellation);
        return (binary, json);
    }

    private static WrkLoad Load(Uri address, string call) =>
        new(new Uri(address, $"v2/models/{BenchFiles.Network}/infer"), "tensors.lua", call);

    private static string[] Under(string name, IEnumerable<WrkResult> results) =>
    [
        name,
        Text(Statistics.Median(results.Select(r => r.Median))),
        Text(Statistics.Median(results.Select(r => r.Percentile99))),
        Text(Statistics.Median(results.Select(r => r.Cores)), "0.000"),
    ];

    private static string Text(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);

    private static async Task<double> BareAsync(int loops, int threads, int seconds, CancellationToken cancellation)
    {
        string[] arguments = [typeof(OpenInferenceCommand).Assembly.Location, TensorLoopCommand.Name, "--loops", $"{loops}", "--threads",
            $"{threads}", "--seconds", $"{seconds}"];
        return double.Parse(await Tool.RunAsync("dotnet", arguments, BenchFiles.Folder, cancellation), CultureInfo.InvariantCulture);
    }

    private sealed record Round(double BareLoops, double BareWide, WrkResult Binary, WrkResult Json);
}
