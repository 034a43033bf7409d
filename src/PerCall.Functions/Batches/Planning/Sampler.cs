using System.Text.Json;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Scoring;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Planning;

/// <summary>What the first rows of a file tell of the others.</summary>
/// <param name="RowsPerSecond">On one thread.</param>
/// <param name="RowBytes">Of the file for a row.</param>
/// <param name="OutputBytes">Of results for a row.</param>
public readonly record struct RowSample(double RowsPerSecond, double RowBytes, double OutputBytes)
{
    /// <summary>Where the first rows cannot be run.</summary>
    public static RowSample Guess => new(100, 1000, 1000);
}

/// <summary>Looks at the first rows of a file, and runs some of them to see how long they take. Nothing of it is kept or charged.</summary>
public sealed class Sampler(RowSource source, ScoringThreads threads, TimeProvider time)
{
    private const int Bytes = 1 << 20;

    /// <summary>Rows that are looked at for one that can be read.</summary>
    private const int MostLooks = 1000;

    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(250);

    /// <summary>How lines of JSON name their input, and which model they name; as the first row has it that can be read.</summary>
    public async Task<(RowStyle Style, string? Model)> LookAsync(JobPlan plan, ITaskScorer scorer, CancellationToken cancellation)
    {
        if (plan.Format == InputFormat.Zip)
        {
            return (RowStyle.Plain, null);
        }

        await using var reader = await source.OpenAsync(plan, Head(plan), scorer, cancellation);
        return await FirstAsync(reader, plan.RowFormat, scorer, cancellation);
    }

    /// <summary>What the first row says that can be read: a broken one says nothing of those that follow.</summary>
    public static async Task<(RowStyle Style, string? Model)> FirstAsync(
        IRowReader reader, RowFormat format, ITaskScorer scorer, CancellationToken cancellation)
    {
        if (format.Format == InputFormat.Zip)
        {
            return (RowStyle.Plain, null);
        }

        var columns = format.ColumnsFor(scorer);
        using var batch = new RowBatch();
        RowStyle? first = null;
        for (var looks = 0; looks < MostLooks && await reader.ReadAsync(batch, 1, cancellation); looks++, batch.Clear())
        {
            var row = batch.Rows[0];
            if (row.Fault is not null || (
                format.Format == InputFormat.JsonLines ? StyleOf(batch.BytesOf(row)) : RowStyle.Plain) is not { } style)
            {
                continue;
            }

            first ??= style;
            using var input = new RowParser(scorer, format.Format, style, columns, models: []).Parse(batch, row).Input;
            if (input is not null)
            {
                return (style, input.Model);
            }
        }

        return (first ?? RowStyle.Plain, null);
    }

    /// <summary>Runs the first rows.</summary>
    /// <param name="plan">Without its cuts.</param>
    /// <param name="model">Held by a lease.</param>
    /// <param name="scorer">Of its task.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<RowSample> RunAsync(JobPlan plan, LoadedModel model, ITaskScorer scorer, CancellationToken cancellation)
    {
        var cut = plan.Format == InputFormat.Zip ? await FirstEntriesAsync(plan, cancellation) : Head(plan);
        if (cut.To <= cut.From)
        {
            return new(1, 1, 1);
        }

        await using var reader = await source.OpenAsync(plan, cut, scorer, cancellation);
        var (rows, worked, output, end) = await RunAsync(
            reader, RowSource.Parser(plan, scorer), plan.Style, plan.RowFormat.TableDelimiter, model, scorer, cancellation);
        var bytes = reader is RecordReader records ? (end > 0 ? end : records.Offset) - cut.From : cut.To - cut.From;
        return new(rows / worked.TotalSeconds, Math.Max(1, bytes / (double)rows), output / (double)rows);
    }

    /// <summary>Runs rows for a moment.</summary>
    /// <returns>How many, on one thread in what time, how much came of them, and where the last of them ends in a file of records; 0: there
    /// was none.</returns>
    public Task<(long Rows, TimeSpan Worked, long OutputBytes, long End)> RunAsync(
        IRowReader reader, RowParser parser, RowStyle style, char? delimiter, LoadedModel model, ITaskScorer scorer,
        CancellationToken cancellation) =>
        new RowPipeline(model, scorer, parser, threads, time).TryAsync(reader, style, delimiter, Enough, cancellation);

    private static ShardCut Head(JobPlan plan) => new(plan.Start, Math.Min(plan.Source.Bytes, plan.Start + Bytes), plan.StartLine, 0);

    /// <summary>Null: the row is no object.</summary>
    private static RowStyle? StyleOf(ReadOnlyMemory<byte> row)
    {
        try
        {
            using var json = JsonDocument.Parse(row);
            return json.RootElement.ValueKind != JsonValueKind.Object ? null
                : json.RootElement.TryGetProperty("custom_id", out _) && json.RootElement.TryGetProperty("body", out _) ? RowStyle.OpenAi
                : RowStyle.Plain;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<ShardCut> FirstEntriesAsync(JobPlan plan, CancellationToken cancellation)
    {
        const int Pictures = 64;
        var directory = new ZipDirectory(plan.Directory, plan.DirectoryBytes);
        await using var stream = source.Open(plan.Source, directory.Offset, Math.Min(Bytes, directory.Length));
        return directory.Length == 0 ? default : (
            await ZipCutter.CutAsync(stream, directory, Pictures, most: 1, cancellation)).FirstOrDefault();
    }
}
