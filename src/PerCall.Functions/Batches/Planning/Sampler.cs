using System.Text.Json;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Scoring;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Estimates for all rows of a file, measured on its first rows.</summary>
/// <param name="RowsPerSecond">Rows per second on one thread.</param>
/// <param name="RowBytes">The average size of a row in the file, in bytes.</param>
/// <param name="OutputBytes">The average size of a row's result, in bytes.</param>
public readonly record struct RowSample(double RowsPerSecond, double RowBytes, double OutputBytes)
{
    /// <summary>Returns the estimate for files whose first rows cannot be run.</summary>
    public static RowSample Guess => new(100, 1000, 1000);
}

/// <summary>
/// Inspects the first rows of a file and runs some of them to measure their speed. Their results are not stored or charged.
/// </summary>
public sealed class Sampler(RowSource source, ScoringThreads threads, TimeProvider time)
{
    private const int Bytes = 1 << 20;

    /// <summary>The maximum number of rows to inspect to find a readable one.</summary>
    private const int MostLooks = 1000;

    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns the style of the rows and the model they name, from the first readable row.</summary>
    public async Task<(RowStyle Style, string? Model)> LookAsync(JobPlan plan, IInputReader scorer, CancellationToken cancellation)
    {
        if (plan.Format == InputFormat.Zip)
        {
            return (RowStyle.Plain, null);
        }

        await using var reader = await source.OpenAsync(plan, Head(plan), scorer, cancellation);
        return await FirstAsync(reader, plan.RowFormat, scorer, cancellation);
    }

    /// <summary>
    /// Returns the style and the model from the first readable row. A malformed row says nothing about the rows that follow.
    /// </summary>
    public static async Task<(RowStyle Style, string? Model)> FirstAsync(
        IRowReader reader, RowFormat format, IInputReader scorer, CancellationToken cancellation)
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

    /// <summary>Returns estimates for calls on a large model, which are not tried: the size of the first rows, and usual values.</summary>
    public async Task<RowSample> MeasureCallsAsync(JobPlan plan, IInputReader reader, CancellationToken cancellation)
    {
        // Of one shard, which sends several calls at once.
        const double CallsPerSecond = 4;
        const double AnswerBytes = 2000;
        var cut = Head(plan);
        await using var rows = (RecordReader)await source.OpenAsync(plan, cut, reader, cancellation);
        using var batch = new RowBatch();
        await rows.ReadAsync(batch, MostLooks, cancellation);
        return new(CallsPerSecond, Math.Max(1, (rows.Offset - cut.From) / (double)Math.Max(1, batch.Rows.Count)), AnswerBytes);
    }

    /// <summary>Runs the first rows and returns the measured estimates.</summary>
    /// <param name="plan">The plan, without its cuts.</param>
    /// <param name="model">The model, kept loaded by a lease.</param>
    /// <param name="scorer">The scorer of the model's task.</param>
    /// <param name="cancellation">Cancels the run.</param>
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

    /// <summary>Runs rows for a short time.</summary>
    /// <returns>The number of rows, the time on one thread, the size of the results in bytes, and the offset after the last row in a file
    /// of records (0: no row was run).</returns>
    public Task<(long Rows, TimeSpan Worked, long OutputBytes, long End)> RunAsync(
        IRowReader reader, RowParser parser, RowStyle style, char? delimiter, LoadedModel model, ITaskScorer scorer,
        CancellationToken cancellation) => model.IsLarge
            ? EstimateAsync(reader, cancellation)
            // Without a fallback: nobody pays for the rows that are tried.
            : new RowPipeline(model, scorer, parser, threads, time).TryAsync(reader, style, delimiter, Enough, cancellation);

    /// <summary>Returns estimates for a large model. Rows are not tried, because its provider would bill them.</summary>
    private static async Task<(long Rows, TimeSpan Worked, long OutputBytes, long End)> EstimateAsync(
        IRowReader reader, CancellationToken cancellation)
    {
        const int Rows = 100;
        const int AnswerBytes = 300;
        // Of one shard, which asks for several rows at once.
        const double RowsPerSecond = 16;
        using var batch = new RowBatch();
        await reader.ReadAsync(batch, Rows, cancellation);
        var rows = Math.Max(1, batch.Rows.Count);
        return (rows, TimeSpan.FromSeconds(rows / RowsPerSecond), rows * AnswerBytes, batch.End);
    }

    private static ShardCut Head(JobPlan plan) => new(plan.Start, Math.Min(plan.Source.Bytes, plan.Start + Bytes), plan.StartLine, 0);

    /// <summary>Returns the style of a row; null: the row is not a JSON object.</summary>
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
