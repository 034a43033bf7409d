using System.Text.Json;
using PerCall.Client;
using PerCall.Client.Wire;

namespace PerCall.Testing.Batches;

/// <summary>What a batch's files hold, read without the service's code.</summary>
/// <param name="Output">Lines of the input in the order in which they stand in the output.</param>
/// <param name="Errors">The same of the errors.</param>
public sealed record BatchOutcome(IReadOnlyList<long> Output, IReadOnlyList<long> Errors)
{
    public static async Task<BatchOutcome> ReadAsync(PerCallClient client, Batch batch, CancellationToken cancellation) =>
        new(await LinesAsync(client, batch.OutputFileId, cancellation), await LinesAsync(client, batch.ErrorFileId, cancellation));

    /// <summary>What differs from what has to be; empty: nothing.</summary>
    public IEnumerable<string> Faults(BatchInput input)
    {
        if (!Output.SequenceEqual(input.Good))
        {
            yield return $"output: {Difference(Output, input.Good)}";
        }

        if (!Errors.SequenceEqual(input.Bad))
        {
            yield return $"errors: {Difference(Errors, input.Bad)}";
        }
    }

    private static string Difference(IReadOnlyList<long> found, IReadOnlyList<long> wanted)
    {
        var (missing, more) = (wanted.Except(found).ToList(), found.Except(wanted).ToList());
        var twice = found.GroupBy(l => l).Count(g => g.Count() > 1);
        return $"{found.Count} lines where {wanted.Count} are due; {missing.Count} missing ({string.Join(", ", missing.Take(5))}), {more.Count} that should not be there, {twice} more than once, {(found.SequenceEqual(found.Order()) ? "in" : "out of")} order";
    }

    private static async Task<IReadOnlyList<long>> LinesAsync(PerCallClient client, string? file, CancellationToken cancellation)
    {
        List<long> lines = [];
        if (file is null)
        {
            return lines;
        }

        using var reader = new StreamReader(await client.OpenFileAsync(file, cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } text)
        {
            using var json = JsonDocument.Parse(text);
            lines.Add(json.RootElement.GetProperty("line").GetInt64());
        }

        return lines;
    }
}
