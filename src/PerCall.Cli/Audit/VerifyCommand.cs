using System.CommandLine;
using System.Globalization;
using PerCall.Client;
using PerCall.Client.Wire;

namespace PerCall.Cli.Audit;

/// <summary>Fetches the record of management and goes through its chain here: the service is not asked whether it is whole.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var connection = new Connection();
        var expect = new Option<string?>("--expect")
        {
            Description = "<number>:<hash> from an earlier run. Fails if that record is missing or different.",
        };
        var command = new Command("verify", "Verifies the chain of audit records. Exits with 1 at a break and names the record.");
        connection.AddTo(command);
        command.Options.Add(expect);
        command.SetAction(
            (parsed, cancellation) =>
                RunAsync(connection.Open(parsed), parsed.GetValue(expect), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        PerCallClient client, string? expected, InvocationConfiguration console, CancellationToken cancellation)
    {
        List<AuditRecord> records;
        try
        {
            records = await FetchAsync(client, cancellation);
        }
        catch (Exception e) when (e is PerCallException or HttpRequestException)
        {
            await console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        var result = AuditChain.Verify(records);
        if (result.FirstFault is { } fault)
        {
            await console.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"broken at record {fault.Record} of {result.Records}: {fault.Detail}"));
            return 1;
        }

        if (expected is not null && !records.Any(r => string.Create(CultureInfo.InvariantCulture, $"{r.Seq}:{r.Hash}") == expected))
        {
            await console.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"broken: record {expected} is not among the {result.Records} records."));
            return 1;
        }

        await console.Output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{result.Records} records, intact, up to {result.Records}:{result.LastHash}"));
        return 0;
    }

    private static async Task<List<AuditRecord>> FetchAsync(PerCallClient client, CancellationToken cancellation)
    {
        var records = new List<AuditRecord>();
        AuditPage page;
        do
        {
            page = await client.ListAuditAsync(records.Count, cancellation: cancellation);
            records.AddRange(page.Data);
        }
        while (page.HasMore && page.Data.Count > 0);

        return records;
    }
}
