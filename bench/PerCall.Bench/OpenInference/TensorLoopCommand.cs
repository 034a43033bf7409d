using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Running;

namespace PerCall.Bench.OpenInference;

/// <summary><c>tensor-loop</c>: the graph on one tensor in plain loops, in a process of its own. Prints calls per second.</summary>
internal static class TensorLoopCommand
{
    public const string Name = "tensor-loop";
    private const double WarmUpSeconds = 3;

    public static Command Create()
    {
        var loops = new Option<int>("--loops") { Required = true };
        var threads = new Option<int>("--threads") { Required = true, Description = "Threads of one run." };
        var seconds = new Option<double>("--seconds") { Required = true };
        var command = new Command(Name, "The graph on one tensor in plain loops; part of open-inference.") { loops, threads, seconds };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var bare = await BareTensors.LoadAsync(parsed.GetValue(threads), cancellation);
            PlainLoops.Run(bare.Call, parsed.GetValue(loops), WarmUpSeconds);
            Console.WriteLine(
                PlainLoops.Run(bare.Call, parsed.GetValue(loops), parsed.GetValue(seconds)).ToString(
                    "0.000", CultureInfo.InvariantCulture));
        });
        return command;
    }
}
