using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Running;

namespace PerCall.Bench.Throughput;

/// <summary>
/// <c>bare-loop</c>: the bare pipeline in plain loops, in a process of its own because the runtime's thread pool is one per process. Prints
/// calls per second.
/// </summary>
internal static class BareLoopCommand
{
    public const string Name = "bare-loop";

    public static Command Create()
    {
        var loops = new Option<int>("--loops") { Required = true };
        var threads = new Option<int>("--threads") { Required = true, Description = "Threads of one run." };
        var seconds = new Option<double>("--seconds") { Required = true };
        var warmUp = new Option<double>("--warm-up") { DefaultValueFactory = _ => 3 };
        var command = new Command(Name, "The bare pipeline in plain loops; part of throughput.") { loops, threads, seconds, warmUp };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var pipeline = await BarePipeline.LoadAsync(parsed.GetValue(threads), cancellation);
            PlainLoops.Run(() => pipeline.Call(), parsed.GetValue(loops), parsed.GetValue(warmUp));
            Console.WriteLine(
                PlainLoops.Run(() => pipeline.Call(), parsed.GetValue(loops), parsed.GetValue(seconds)).ToString(
                    "0.000", CultureInfo.InvariantCulture));
        });
        return command;
    }
}
