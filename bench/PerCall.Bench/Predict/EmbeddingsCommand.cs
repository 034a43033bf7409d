using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Bench.Text;
using PerCall.Client.Wire;
using PerCall.Testing;

namespace PerCall.Bench.Predict;

/// <summary><c>embeddings</c>: how much of the bare encoder's rate is left when it is a service.</summary>
internal static class EmbeddingsCommand
{
    private const string LoopName = "embedding-loop";
    private const int WarmUpSeconds = 5;
    private const int Connections = 8;

    /// <summary>Characters of a text: about a paragraph.</summary>
    private const int Length = 400;

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 6, Description = "Of each measurement." };
        var command = new Command("embeddings", "Vectors per second: bare loop, service.") { rounds, seconds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), parsed.GetValue(seconds), cancellation));
        return command;
    }

    /// <summary>The bare loop, as a process of its own that the command starts.</summary>
    public static Command CreateLoop()
    {
        var time = new Option<double>("--seconds") { Required = true };
        var loop = new Command(LoopName, "Tokenizer, encoder and pooling in plain loops; part of embeddings.") { time };
        loop.SetAction(async (parsed, cancellation) =>
        {
            using var bare = await BareEncoder.LoadAsync(Texts(), cancellation);
            PlainLoops.Run(bare.Call, Environment.ProcessorCount, WarmUpSeconds);
            Console.WriteLine(PlainLoops.Run(bare.Call, Environment.ProcessorCount, parsed.GetValue(time)).ToString(
                "0.000", CultureInfo.InvariantCulture));
        });
        return loop;
    }

    private static async Task RunAsync(int count, int seconds, CancellationToken cancellation)
    {
        var report = new Report("Embeddings");
        await using var bed = await ServiceBed.CreateAsync(BenchFiles.Encoders, cancellation);
        await using var service = await bed.StartAsync();
        using var folder = new TemporaryFolder();
        var bodies = folder.File("bodies.jsonl");
        await File.WriteAllLinesAsync(
            bodies,
            Texts().Select(t => JsonSerializer.Serialize(
                new CreateEmbeddingRequest { Input = [t], Model = BenchFiles.Encoder, EncodingFormat = "base64" },
                WireJson.Default.CreateEmbeddingRequest)),
            cancellation);
        var load = new WrkLoad(new Uri(service.Address, "v1/embeddings"), "bodies.lua", bodies);
        await Wrk.RunAsync(load, Connections, WarmUpSeconds, cancellation);
        var (bare, served) = (new List<double>(), new List<double>());
        while (bare.Count < count)
        {
            bare.Add(await BareAsync(seconds, cancellation));
            served.Add((await Wrk.RunAsync(load, Connections, seconds, cancellation)).Rate);
            Console.WriteLine($"round {bare.Count}: bare {bare[^1]:0.0}, service {served[^1]:0.0}");
        }

        report.Paragraph($"""
            `POST /v1/embeddings` with one text a call (mails, cut to {Length} characters) and an encoder of MiniLM's shape (`bench/recipes/encoder.py`), vectors in base64,
            {Connections} connections, {Environment.ProcessorCount} cores, load by wrk on the same cores. {count} interleaved rounds of {seconds} s each; calls per second, medians. The bare loop runs the same
            tokenizer, graph and pooling without HTTP, a loop a core with runs of one thread.
            """);
        report.Table(
            ["bare", "service", "service / bare"],
            [[Text(Statistics.Median(bare)), Text(Statistics.Median(served)), Text(Statistics.Median(served) / Statistics.Median(bare), "0.000")]]);
        await report.WriteAsync("embeddings", cancellation);
    }

    private static string[] Texts() => [.. BenchTexts.Read("spam").Select(t => t.Length <= Length ? t : t[..Length])];

    private static async Task<double> BareAsync(int seconds, CancellationToken cancellation) => double.Parse(
        await Tool.RunAsync(
            "dotnet", [typeof(EmbeddingsCommand).Assembly.Location, LoopName, "--seconds", $"{seconds}"], Repository.Root, cancellation),
        CultureInfo.InvariantCulture);

    private static string Text(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);
}
