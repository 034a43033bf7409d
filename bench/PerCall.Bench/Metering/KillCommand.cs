using System.CommandLine;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Testing;
using PerCall.Testing.Charges;

namespace PerCall.Bench.Metering;

/// <summary>
/// <c>kill</c>: instances killed under load again and again; every answer has to be in the journal once, and journal, usage and invoice
/// have to be one sum.
/// </summary>
internal static class KillCommand
{
    public static Command Create()
    {
        var kills = new Option<int>("--kills") { DefaultValueFactory = _ => 100 };
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 3 };
        var command = new Command(
            "kill", "kill -9 at random moments under load: no answer without its charge, no charge twice.") { kills, instances };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(kills), parsed.GetValue(instances), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int kills, int instances, CancellationToken cancellation)
    {
        var report = new Report("Kill");
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        await using var witness = await bed.StartMeteredAsync();
        var key = await ServiceBed.KeyAsync(witness, null, cancellation);
        var image = await File.ReadAllBytesAsync(Path.Combine(Repository.Models, "digits", "1", "samples", "digit-7.png"), cancellation);
        var trial = new KillTrial(() => bed.StartMeteredAsync(), key, image, seed: 11);

        var result = await trial.RunAsync(instances, kills, n => Console.WriteLine($"kill {n} of {kills}"), cancellation);

        var charges = await WrittenCharge.ReadAllAsync(bed.ConnectionString, cancellation);
        var counts = charges.CountBy(c => c.Id).ToDictionary();
        var client = PerCallClient.Connect(witness.Address, ServiceBed.OperatorKey);
        var usage = (await PerCallClient.Connect(witness.Address, key).GetUsageAsync(cancellation: cancellation)).Data.Sum(l => l.Charge);
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var invoice = await client.GetInvoiceAsync(ServiceBed.Tenant, today, verify: true, cancellation);
        var billed = invoice.Totals.Sum(t => t.Total);

        var (missing, twice) = (result.Answers.Count(a => !counts.ContainsKey(a.Id)), counts.Count(c => c.Value > 1));
        var unanswered = charges.Count(c => c.Units > 0) - result.Answers.Count;
        var (journal, answered) = (charges.Sum(c => c.Charge), result.Answers.Sum(a => a.Cost));
        var holds = missing == 0 && twice == 0 && unanswered >= 0 && unanswered <= result.Unknown && journal == usage && journal == billed
            && invoice.Reconciliation!.Difference == 0;
        report.Paragraph($"""
            {instances} instances under the load of 12 callers (digits), one of them killed (SIGKILL) and started anew {kills} times at random moments; a further one looks on. **{(holds ? "It holds." : "IT DOES NOT HOLD.")}**
            """);
        report.Table(
            ["", "found", "wanted"],
            [
                ["answers that arrived", $"{result.Answers.Count}", ""],
                ["of them not in the journal", $"{missing}", "0"],
                ["charges that stand in the journal twice", $"{twice}", "0"],
                ["calls cut off by a kill", $"{result.Unknown}", ""],
                ["of them charged, their answer lost on its way", $"{unanswered}", "at most those cut off"],
                ["calls refused with 5xx", $"{result.Refused}", ""],
                ["answers say they cost, micro-units", $"{answered}", ""],
                ["the journal's sum, micro-units", $"{journal}", ""],
                ["usage", $"{usage}", "the same"],
                ["invoice", $"{billed}", "the same"],
            ]);
        await report.WriteAsync("kill", cancellation);
        return holds ? 0 : 1;
    }
}
