using System.CommandLine;
using PerCall.Bench.Memory;
using PerCall.Bench.Results;

namespace PerCall.Bench.LargeModels;

/// <summary><c>large-models</c>: what the service adds to calls of large models, beside direct calls to the same provider.</summary>
internal static class LargeModelsCommand
{
    public static Command Create()
    {
        var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 400, Description = "For the first token, of each kind." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 8, Description = "Of each measurement under load." };
        var command = new Command("large-models", "Streams of large models beside direct calls to the provider.")
        {
            calls, rounds, seconds,
        };
        command.SetAction(
            (parsed, cancellation) => RunAsync(parsed.GetValue(calls), parsed.GetValue(rounds), parsed.GetValue(seconds), cancellation));
        return command;
    }

    private static async Task RunAsync(int calls, int rounds, int seconds, CancellationToken cancellation)
    {
        var report = new Report("Large models");
        await using var bed = await StreamBed.CreateAsync(cancellation);
        var started = ProcessMemory.Resident(bed.Durable.Id);
        report.Paragraph($"""
            The service in front of a stand-in provider on the same machine, beside direct calls to that provider. The tenant has a key, a
            rate limit and a budget. Both services use one Azurite. `dotnet PerCall.Bench.dll large-models --calls {calls} --rounds {rounds}
            --seconds {seconds}`
            """);
        await FirstTokens.MeasureAsync(bed, calls, rounds, report, cancellation);
        await StreamRates.MeasureAsync(bed, rounds, seconds, report, cancellation);
        await StreamMemory.MeasureAsync(bed, started, report, cancellation);
        await report.WriteAsync("large-models", cancellation);
    }
}
