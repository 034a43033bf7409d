using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Telemetry;

/// <summary><c>telemetry</c>: what the service sends to Application Insights for a call, alone and busy, and while idle.</summary>
internal static class TelemetryCommand
{
    private const int Alone = 60;
    private const int Busy = 4000;
    private const int AtOnce = 8;

    // An interval of the timer: wherever it begins, there is one round of chores in it.
    private const int IdleMinutes = 15;

    // Less than the sampler's default of five per second.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(400);

    public static Command Create()
    {
        var command = new Command("telemetry", "Records and bytes that go to Application Insights for a call, and for an idle hour.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Telemetry");
        var picture = await File.ReadAllBytesAsync(Path.Combine(Repository.Models, "digits", "1", "samples", "digit-7.png"), cancellation);
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        await using var azure = new IngestionStandIn();
        string? key = null;

        // A process for each, because what is left is sent when it ends. The first makes the key, and starts with an empty storage.
        var start = await MeasureAsync(_ => Task.CompletedTask);
        start = await MeasureAsync(_ => Task.CompletedTask);
        var alone = await MeasureAsync(async client =>
        {
            for (var i = 0; i < Alone; i++)
            {
                await client.ClassifyImageAsync(picture, "digits", cancellation: cancellation);
                await Task.Delay(Between, cancellation);
            }
        });
        var busy = await MeasureAsync(client => Parallel.ForEachAsync(
            Enumerable.Range(0, Busy), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (_, _) => await client.ClassifyImageAsync(picture, "digits", cancellation: cancellation)));
        var idle = await MeasureAsync(_ => Task.Delay(TimeSpan.FromMinutes(IdleMinutes), cancellation));

        report.Paragraph($"""
            Records, and bytes of JSON before compression, that the service sends to Application Insights, at its default settings. A
            stand-in on the same machine counts them. Alone: {Alone} calls, one each {Between.TotalMilliseconds:0} ms. Busy: {Busy} calls,
            {AtOnce} at a time. Idle: no call for {IdleMinutes} minutes, with one round of the timer. A start, with its end, is measured
            alone and subtracted from the calls. Log Analytics bills by a record's columns, which is about the
            size of its JSON.
            """);
        report.Table(
            ["", "records", "bytes"],
            [
                ["a start and an end", Text(Sum(start).Records), Text(Sum(start).Bytes)],
                Row("a call alone", alone, start, Alone),
                Row("a busy call", busy, start, Busy),
                Row("an idle hour", idle, start, IdleMinutes / 60.0),
            ]);
        report.Table(
            ["records by kind", "start", $"{Alone} calls alone", $"{Busy} busy calls", $"{IdleMinutes} idle minutes"],
            start.Keys.Union(alone.Keys).Union(busy.Keys).Union(idle.Keys).Order(StringComparer.Ordinal).Select(kind => (string[])
            [
                kind, .. new[] { start, alone, busy, idle }.Select(m => Text(m.GetValueOrDefault(kind).Records)),
            ]));
        report.Paragraph($"""
            A million calls alone are {Gigabytes(alone, start, Alone):0.00} GB, a million busy ones {Gigabytes(busy, start, Busy):0.000} GB.
            """);
        await report.WriteAsync("telemetry", cancellation);

        async Task<IReadOnlyDictionary<string, Volume>> MeasureAsync(Func<PerCallClient, Task> work)
        {
            await using var service = await bed.StartMeteredAsync(("APPLICATIONINSIGHTS_CONNECTION_STRING", azure.ConnectionString));
            key ??= await ServiceBed.KeyAsync(service, null, cancellation);
            await work(PerCallClient.Connect(service.Address, key));
            service.Terminate();
            await service.WaitForExitAsync();
            return azure.Take();
        }
    }

    private static Volume Sum(IReadOnlyDictionary<string, Volume> found) => found.Values.Aggregate(default(Volume), (a, b) => a + b);

    private static string[] Row(
        string what, IReadOnlyDictionary<string, Volume> found, IReadOnlyDictionary<string, Volume> start, double times) =>
        [what, Text((Sum(found).Records - Sum(start).Records) / times), Text((Sum(found).Bytes - Sum(start).Bytes) / times)];

    private static double Gigabytes(
        IReadOnlyDictionary<string, Volume> found, IReadOnlyDictionary<string, Volume> start, double times) =>
        (Sum(found).Bytes - Sum(start).Bytes) / times * 1e6 / 1e9;

    private static string Text(double value) => value.ToString(value < 10 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
