using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Limits.Budget;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>Says what a batch would be and cost, before anything is begun or charged.</summary>
public sealed class Quoter
{
    private const int RowsAtOnce = 256;

    private readonly QuoteRows _rows;
    private readonly JobPlanner _planner;
    private readonly Sampler _sampler;
    private readonly TaskScorers _scorers;
    private readonly FileStore _files;
    private readonly BudgetHolds _holds;
    private readonly BatchOptions _options;

    internal Quoter(QuoteRows rows, JobPlanner planner, Sampler sampler, TaskScorers scorers, FileStore files, BudgetHolds holds, IOptions<BatchOptions> options) =>
        (_rows, _planner, _sampler, _scorers, _files, _holds, _options) = (rows, planner, sampler, scorers, files, holds, options.Value);

    /// <exception cref="RefusedException">The file is nothing that is read here, or what is asked for is not there or not in the plan.</exception>
    internal async Task<BatchQuote> QuoteAsync(Caller caller, QuoteRequest request, CancellationToken cancellation)
    {
        var scorer = _scorers.RequireEndpoint(request.Endpoint);
        var file = await _files.RequireAsync(caller.Account, request.InputFileId, cancellation);
        return await QuoteAsync(
            caller,
            scorer,
            new(file.Blob.BlobContainerName, file.Blob.Name, file.ETag, file.File.Bytes),
            request.Model,
            TextEncodings.Check(request.Encoding),
            runsRows: true,
            cancellation);
    }

    /// <summary>Refuses a batch that is over the budget.</summary>
    /// <exception cref="RefusedException">402: it is, and this is the quote; others as of a quote.</exception>
    internal async Task RequireBudgetAsync(
        Caller caller, ITaskScorer scorer, JobInput input, string? model, string? encoding, CancellationToken cancellation)
    {
        // No row is run for an order that is taken: one might end the process, which is then found in its shard. The quote of one that is
        // refused says how long it would take.
        var quote = await QuoteAsync(caller, scorer, input, model, encoding, runsRows: false, cancellation);
        if (quote.Rows == 0)
        {
            throw RefusedException.BadRequest("empty_file", "The file has no rows.", "input_file_id");
        }

        if (!quote.WithinBudget)
        {
            throw new RefusedException(
                402,
                "budget_spent",
                $"The batch has {quote.Rows - quote.Quality.BadRows:N0} rows to score, which cost {quote.Amount} {quote.Currency}, "
                    + $"and the rest of the month's budget does not cover what is set aside for all {quote.Rows:N0} rows.",
                "input_file_id")
            {
                Quote = quote,
            };
        }
    }

    /// <param name="caller">Whose budget it is.</param>
    /// <param name="scorer">Of the task.</param>
    /// <param name="input">The file.</param>
    /// <param name="model">As the call names it.</param>
    /// <param name="encoding">Of the file's text; null: UTF-8.</param>
    /// <param name="runsRows">Whether the first rows are run also where the budget covers them all.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task<BatchQuote> QuoteAsync(
        Caller caller, ITaskScorer scorer, JobInput input, string? model, string? encoding, bool runsRows, CancellationToken cancellation)
    {
        var probe = await _rows.ProbeAsync(input, scorer, encoding, cancellation);
        var columns = CsvColumns.Of(probe.Columns, probe.Delimiter, scorer);
        columns?.Require();
        var (style, named) = await FirstAsync(input, probe, columns, scorer, cancellation);
        var reference = ModelParameters.Model(model ?? named, "'model' in the call, or in the first row");
        using var lease = await _planner.AcquireAsync(reference, scorer.Task, cancellation);
        var manifest = lease.Model.Manifest;
        var parser = new RowParser(scorer, probe.Format, style, columns, [manifest.Name, reference, manifest.ToString()]);
        var price = JobPlanner.PriceOf(caller.Terms, manifest.Name, scorer);

        var (check, rows, bytes, blank) = await CheckAsync(input, probe, parser, scorer, cancellation);
        var report = check.Report(blank);
        var units = UnitsOf(price, check, rows, report);
        // What is set aside is for all rows: which of them fail, only the model knows.
        var most = BatchUnits.AtMost(price, rows, bytes);
        var want = new Want(caller.Terms, price, Math.Max(1, most));
        var left = await _holds.LeftAsync(caller.Account, _holds.ThisMonth(), want, cancellation);
        var free = want.IncludedUnits > 0 ? Math.Min(left.Free, units) : 0;
        var isCovered = left.Money is null || price.Of(most - Math.Min(want.IncludedUnits > 0 ? left.Free : 0, most)) <= left.Money;
        var seconds = 0.0;
        if (runsRows || !isCovered)
        {
            await using var again = await _rows.OpenAsync(input, probe, scorer, cancellation);
            var (ran, worked, _, _) = await _sampler.RunAsync(
                again, parser, style, columns is null ? null : probe.Delimiter, lease.Model, scorer, cancellation);
            seconds = Math.Round(rows / (ran / worked.TotalSeconds), 3);
        }

        return new()
        {
            Rows = rows,
            Bytes = bytes,
            Format = FormatOf(probe),
            Model = manifest.ToString(),
            Units = units,
            FreeUnits = free,
            Price = price.Of(units - free),
            Amount = MoneyText.Exact(price.Of(units - free)),
            Currency = caller.Terms.Currency,
            WithinBudget = isCovered,
            Seconds = seconds,
            Quality = report,
        };
    }

    /// <summary>Of rows that were not looked at, what those were that were.</summary>
    private static long UnitsOf(Price price, QualityCheck check, long rows, QualityReport report) =>
        BatchUnits.IsPerRow(price) || report.CheckedRows == 0
            ? rows - report.BadRows
            : (long)((Int128)check.CallUnits * rows / report.CheckedRows);

    private static string FormatOf(InputProbe probe) => probe.Format switch
    {
        InputFormat.JsonLines => "jsonl",
        InputFormat.Csv => probe.Delimiter == '\t' ? "tsv" : "csv",
        _ => "zip",
    } + (probe.Gzip ? ".gz" : "");

    private async Task<(RowStyle Style, string? Model)> FirstAsync(JobInput input, InputProbe probe, CsvColumns? columns, ITaskScorer scorer, CancellationToken cancellation)
    {
        await using var reader = await _rows.OpenAsync(input, probe, scorer, cancellation);
        using var batch = new RowBatch();
        return await Sampler.FirstAsync(reader, batch, probe.Format, columns, scorer, cancellation);
    }

    private async Task<(QualityCheck Check, long Rows, long Bytes, long Blank)> CheckAsync(JobInput input, InputProbe probe, RowParser parser, ITaskScorer scorer, CancellationToken cancellation)
    {
        var check = new QualityCheck();
        await using var reader = await _rows.OpenAsync(input, probe, scorer, cancellation);
        using var batch = new RowBatch();
        var (rows, seen) = (0L, 0L);
        for (; await reader.ReadAsync(batch, RowsAtOnce, cancellation); batch.Clear())
        {
            rows += batch.Rows.Count;
            if (seen > _options.QuotedBytes)
            {
                continue;
            }

            foreach (var raw in batch.Rows)
            {
                seen += raw.Length + 1;
                var row = parser.Parse(batch, raw);
                check.Add(row, batch.BytesOf(raw).Span);
                row.Input?.Dispose();
            }
        }

        return (check, rows, reader is RecordReader records ? records.Offset : input.Bytes, reader.Blank);
    }
}
