using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client.Wire;
using PerCall.Testing;

namespace PerCall.Bench.Text;

/// <summary><c>text-throughput</c>: how much of the bare tokenizer's and graph's rate is left when they are a service.</summary>
internal static class TextThroughputCommand
{
    private const int WarmUpSeconds = 5;

    private static readonly (string Model, int Texts, int Connections)[] Cases =
    [
        ("sentiment", 1, 1), ("sentiment", 1, 64), ("sentiment", 32, 8), ("spam", 1, 1), ("spam", 1, 64), ("spam", 32, 8),
    ];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 6, Description = "Of each measurement." };
        var command = new Command("text-throughput", "Calls per second for texts: bare loop, service.") { rounds, seconds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), parsed.GetValue(seconds), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, int seconds, CancellationToken cancellation)
    {
        var report = new Report("Text throughput");
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        await using var service = await bed.StartAsync();
        // The same service whose calls each run by themselves.
        await using var apart = await bed.StartAsync(("PerCall__Models__JoinCalls", "false"));
        using var folder = new TemporaryFolder();
        var rows = new List<string[]>();
        foreach (var (model, texts, connections) in Cases)
        {
            var bodies = folder.File($"{model}-{texts}.jsonl");
            await WriteBodiesAsync(bodies, model, texts, cancellation);
            WrkLoad LoadOf(ServiceProcess process) => new(new Uri(process.Address, "v1/text/classify"), "bodies.lua", bodies);
            await Wrk.RunAsync(LoadOf(service), connections, WarmUpSeconds, cancellation);
            await Wrk.RunAsync(LoadOf(apart), connections, WarmUpSeconds, cancellation);
            var results = new List<Round>();
            while (results.Count < count)
            {
                results.Add(new(
                    await BareAsync(model, texts, seconds, batched: false, cancellation),
                    await BareAsync(model, texts, seconds, batched: true, cancellation),
                    await Wrk.RunAsync(LoadOf(apart), connections, seconds, cancellation),
                    await Wrk.RunAsync(LoadOf(service), connections, seconds, cancellation)));
                Console.WriteLine($"{model}, {texts} a call, round {results.Count}: {results[^1]}");
            }

            rows.Add(Row(model, texts, connections, results));
        }

        report.Paragraph($"""
            `POST /v1/text/classify` with 1 and with 32 texts a call, {Environment.ProcessorCount} cores, load by wrk on the same cores. {count} interleaved rounds of {seconds} s
            each; calls per second, medians. The bare loops run the same tokenizer and graph without HTTP, a loop a core with runs of one thread: filled up to the longest text and run as one batch, as it is
            written first, and by the service's own classifier, in runs of similar length. "Apart" is the service with `PerCall:Models:JoinCalls` off, "service" with it on, which is the default. The ratio is
            to the quicker bare loop; with one connection the service cannot use both cores, and the medians of the times of a call are what to compare. Wanted at 64 connections: spam 1.05, sentiment 0.85.
            The texts are those of the models' test splits (`bench/recipes/texts.py`).
            """);
        report.Table(
            ["model, texts, connections", "bare, one batch", "bare, by length", "apart", "service", "service / quicker", "apart, ms", "service, ms"],
            rows);
        await report.WriteAsync("text-throughput", cancellation);
    }

    private static string[] Row(string model, int texts, int connections, List<Round> rounds)
    {
        var (padded, batched, service) = (
            Statistics.Median(rounds.Select(r => r.Padded)), Statistics.Median(rounds.Select(r => r.Batched)),
            Statistics.Median(rounds.Select(r => r.Service.Rate)));
        return
        [
            $"{model}, {texts}, {connections}", Text(padded), Text(batched), Text(Statistics.Median(rounds.Select(r => r.Apart.Rate))),
            Text(service), Text(service / Math.Max(padded, batched), "0.000"),
            Text(Statistics.Median(rounds.Select(r => r.Apart.Median)), "0.00"),
            Text(Statistics.Median(rounds.Select(r => r.Service.Median)), "0.00"),
        ];
    }

    private static async Task WriteBodiesAsync(string path, string model, int count, CancellationToken cancellation) =>
        await File.WriteAllLinesAsync(
        path,
        BenchTexts.Read(model).Chunk(count).Where(c => c.Length == count)
            .Select(
                texts =>
                    JsonSerializer.Serialize(
                        new ClassifyTextRequest { Input = texts, Model = model }, WireJson.Default.ClassifyTextRequest)),
        cancellation);

    private static async Task<double> BareAsync(string model, int texts, int seconds, bool batched, CancellationToken cancellation)
    {
        string[] arguments = [typeof(TextThroughputCommand).Assembly.Location, TextLoopCommand.Name, "--model", model, "--texts",
            $"{texts}", "--seconds", $"{seconds}", .. batched ? new[] { "--batched" } : []];
        return double.Parse(await Tool.RunAsync("dotnet", arguments, Repository.Root, cancellation), CultureInfo.InvariantCulture);
    }

    private static string Text(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Round(double Padded, double Batched, WrkResult Apart, WrkResult Service);
}
