using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Running;

namespace PerCall.Bench.Text;

/// <summary><c>text-loop</c>: the bare loop in a process of its own, one thread a core. Prints calls per second.</summary>
internal static class TextLoopCommand
{
    public const string Name = "text-loop";
    private const double WarmUpSeconds = 3;

    public static Command Create()
    {
        var model = new Option<string>("--model") { Required = true };
        var texts = new Option<int>("--texts") { Required = true, Description = "Texts of one call." };
        var batched = new Option<bool>("--batched") { Description = "By the service's own classifier, and not as one filled up batch." };
        var seconds = new Option<double>("--seconds") { Required = true };
        var command = new Command(Name, "Tokenizer and graph in plain loops; part of text-throughput.") { model, texts, batched, seconds };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var bare = await BareTexts.LoadAsync(parsed.GetValue(model)!, cancellation);
            var count = parsed.GetValue(texts);
            Action call = parsed.GetValue(batched) ? () => bare.Batched(count) : () => bare.Padded(count);
            PlainLoops.Run(call, Environment.ProcessorCount, WarmUpSeconds);
            Console.WriteLine(
                PlainLoops.Run(call, Environment.ProcessorCount, parsed.GetValue(seconds)).ToString("0.000", CultureInfo.InvariantCulture));
        });
        return command;
    }
}
