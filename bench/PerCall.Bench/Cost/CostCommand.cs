using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PerCall.Bench.Batches;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Bench.Text;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Cost;

/// <summary><c>cost</c>: processor time and memory of calls and of rows, and what they come to at list prices.</summary>
internal static class CostCommand
{
    private const int Calls = 1500;
    private const int Rows = 20_000;
    private const int AtOnce = 8;

    public static Command Create()
    {
        var command = new Command(
            "cost", "Processor time and memory of a call and of a row of each model, and what a million of them costs.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Cost");
        var digit = await File.ReadAllBytesAsync(Path.Combine(Repository.Models, "digits", "1", "samples", "digit-7.png"), cancellation);
        var cloth = await File.ReadAllBytesAsync(Path.Combine(Repository.Models, "fashion", "1", "samples", "bag.png"), cancellation);
        var photo = await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation);
        var mails = BenchTexts.Read("spam");
        var reviews = BenchTexts.Read("sentiment");
        Work[] shipped =
        [
            OfPictures("digits", digit, Calls, Rows),
            OfPictures("fashion", cloth, Calls, Rows),
            OfTexts("spam", mails),
            OfTexts("sentiment", reviews),
            new("shop", "/v1/recommend", Calls, Rows, (c, i) => c.RecommendAsync(
                new() { Model = "shop", User = $"{i}" }, cancellation: cancellation), i => new { user = $"{i}" }),
        ];
        List<IReadOnlyList<string>> table = [];
        await MeasureAsync(Repository.Models, shipped);
        await MeasureAsync(BenchFiles.LargePackages, [OfPictures(BenchFiles.LargeNetwork, photo, Calls / 5, Rows / 20)]);

        report.Paragraph($"""
            The service's processor time for a call with a key, limits and its charge on disk ({Calls} calls, {AtOnce} at a time, over
            Azurite on the same two cores), and for a row of a batch of {Rows:N0}; and the most memory that a process with this model
            alone took for both. {BenchFiles.LargeNetwork} is ResNet-50 with a 500 × 600 JPEG, {Calls / 5} calls and {Rows / 20:N0} rows.
            Dollars: a million of each at the list prices of Flex Consumption (docs/cost.md) if they keep an instance of 2048 MB busy,
            whose one processor is taken to be one of these; with the price of the executions, without storage, logs and free grants.
            A call that is alone on its instance costs more: it is billed for a second at least.
            """);
        report.Table(
            [
                "model", "ms of processor a call", "calls a second here", "µs of processor a row", "memory, MB", "$ a million calls",
                "$ a million rows",
            ],
            table);
        await report.WriteAsync("cost", cancellation);

        Work OfPictures(string model, byte[] picture, int calls, int rows) => new(
            model, "/v1/images/classify", calls, rows, (c, _) => c.ClassifyImageAsync(picture, model, cancellation: cancellation),
            _ => new { image = Convert.ToBase64String(picture) });

        Work OfTexts(string model, string[] texts) => new(
            model, "/v1/text/classify", Calls, Rows,
            (c, i) => c.ClassifyTextAsync([texts[i % texts.Length]], model, cancellation: cancellation),
            i => new { input = texts[i % texts.Length] });

        async Task MeasureAsync(string packages, Work[] works)
        {
            await using var bed = await ServiceBed.CreateAsync(packages, cancellation);
            string? key = null;
            foreach (var work in works)
            {
                // A process for each model, so that its memory is its own.
                await using var service = await bed.StartMeteredAsync();
                key ??= await ServiceBed.KeyAsync(service, null, cancellation);
                table.Add(await RowAsync(service, PerCallClient.Connect(service.Address, key), work, cancellation));
                Console.WriteLine(string.Join("  ", table[^1]));
            }
        }
    }

    private static async Task<string[]> RowAsync(ServiceProcess service, PerCallClient client, Work work, CancellationToken cancellation)
    {
        await CallAsync(client, work.Call, work.Calls / 5, cancellation);
        var (processor, watch) = (service.ProcessorSeconds, Stopwatch.StartNew());
        await CallAsync(client, work.Call, work.Calls, cancellation);
        var call = (service.ProcessorSeconds - processor) / work.Calls;
        var rate = work.Calls / watch.Elapsed.TotalSeconds;

        var content = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, work.Rows).Select(i => JsonSerializer.Serialize(work.Row(i)) + "\n")));
        var file = await BatchRun.SendAsync(client, "rows.jsonl", new MemoryStream(content), cancellation);
        processor = service.ProcessorSeconds;
        var (batch, _) = await BatchRun.ScoreAsync(client, file, work.Endpoint, work.Model, cancellation);
        var row = (service.ProcessorSeconds - processor) / batch.RequestCounts.Total;
        return
        [
            work.Model, Text(call * 1e3, "0.00"), Text(rate, "0"), Text(row * 1e6, "0"), Text(Peak(service) / 1e6, "0"),
            Text(FlexPrices.Million(call, 1), "0.00"), Text(FlexPrices.Million(row, 0), "0.00"),
        ];
    }

    private static Task CallAsync(PerCallClient client, Func<PerCallClient, int, Task> call, int calls, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, calls), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (i, _) => await call(client, i));

    private static double Peak(ServiceProcess service)
    {
        using var process = Process.GetProcessById(service.Id);
        return process.PeakWorkingSet64;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What one model is measured with. <see cref="Row"/> gives the row of a number, as an object of JSON.</summary>
    private sealed record Work(
        string Model, string Endpoint, int Calls, int Rows, Func<PerCallClient, int, Task> Call, Func<int, object> Row);
}
