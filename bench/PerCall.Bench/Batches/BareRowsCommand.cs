using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Running;

namespace PerCall.Bench.Batches;

/// <summary><c>bare-rows</c>: decode and run in a plain loop on one thread, in a process of its own. Prints rows a second.</summary>
internal static class BareRowsCommand
{
    public const string Name = "bare-rows";

    public static Command Create()
    {
        var kind = new Option<string>("--kind") { Required = true };
        var seconds = new Option<double>("--seconds") { Required = true };
        var command = new Command(Name, "Rows in a plain loop; part of batch-rows.") { kind, seconds };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (step, rows) = await RowWork.All.Single(w => w.Name == parsed.GetValue(kind)).BareAsync(cancellation);
            PlainLoops.Run(step, 1, 3);
            Console.WriteLine((rows * PlainLoops.Run(step, 1, parsed.GetValue(seconds))).ToString("0.000", CultureInfo.InvariantCulture));
        });
        return command;
    }
}
