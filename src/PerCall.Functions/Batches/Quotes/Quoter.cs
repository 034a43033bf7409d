using PerCall.Client.Wire;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Budget;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>Computes the size and cost of a batch without starting or charging it.</summary>
public sealed class Quoter
{
    private const int RowsAtOnce = 256;

    private readonly QuoteRows _rows;
    private readonly QuoteTurns _turns;
    private readonly JobPlanner _planner;
    private readonly Sampler _sampler;
    private readonly BatchReaders _readers;
    private readonly CallModels _models;
    private readonly FileStore _files;
    private readonly BudgetHolds _holds;

    public Quoter(
        QuoteRows rows, QuoteTurns turns, JobPlanner planner, Sampler sampler, BatchReaders readers, CallModels models, FileStore files,
        BudgetHolds holds) =>
        (_rows, _turns, _planner, _sampler, _readers, _models, _files, _holds) =
            (rows, turns, planner, sampler, readers, models, files, holds);

    /// <exception cref="RefusedException">The format of the file is not supported, the request refers to something that does not exist or
    /// is not in the plan, or too many quotes are running.</exception>
    public async Task<BatchQuote> QuoteAsync(Caller caller, QuoteRequest request, CancellationToken cancellation)
    {
        var scorer = _readers.RequireEndpoint(request.Endpoint, request.Model);
        using var turn = _turns.Enter(caller.Account);
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

    /// <summary>
    /// Refuses a batch that certainly exceeds the budget or whose file is not supported. If too many orders are being checked, skips the
    /// check; planning then finds the problem.
    /// </summary>
    /// <exception cref="RefusedException">402: the batch exceeds the budget; the exception contains the quote. Others: as for a
    /// quote.</exception>
    public async Task RequireBudgetAsync(
        Caller caller, IInputReader scorer, JobInput input, string? model, string? encoding, CancellationToken cancellation)
    {
        using var turn = await _turns.EnterOrderAsync(cancellation);
        if (turn is null)
        {
            return;
        }

        // Do not run rows of an accepted order: a row that ends the process is handled in its shard. The quote of a refused order does
        // state the duration.
        var quote = await QuoteAsync(caller, scorer, input, model, encoding, runsRows: false, cancellation);
        if (quote is { Rows: 0, Extrapolated: false })
        {
            throw RefusedException.BadRequest("empty_file", "The file has no rows.", "input_file_id");
        }

        if (quote is { WithinBudget: false, Extrapolated: false })
        {
            throw new RefusedException(
                402,
                "budget_spent",
                $"The batch has {quote.Rows - quote.Quality.BadRows:N0} rows to score and costs {quote.Amount} {quote.Currency}"
                    + (quote.Fallback is { } fallback ? $" (or {fallback.Amount} if {fallback.Model} answers them), " : ", ")
                    + $"but the rest of the month's budget does not cover the reservation for all {quote.Rows:N0} rows.",
                "input_file_id")
            {
                Quote = quote,
            };
        }
    }

    /// <param name="caller">The caller, whose budget applies.</param>
    /// <param name="reader">The reader of the rows.</param>
    /// <param name="input">The file.</param>
    /// <param name="model">The model named in the call; null: the first row names it.</param>
    /// <param name="encoding">The encoding of the file's text; null: UTF-8.</param>
    /// <param name="runsRows">Whether to run the first rows even if the budget covers all rows.</param>
    /// <param name="cancellation">Cancels the quote.</param>
    private async Task<BatchQuote> QuoteAsync(
        Caller caller, IInputReader reader, JobInput input, string? model, string? encoding, bool runsRows, CancellationToken cancellation)
    {
        var probe = await _rows.ProbeAsync(input, reader, encoding, cancellation);
        CallFiles.Require(probe, reader);
        probe.RowFormat.ColumnsFor(reader)?.Require();
        var (style, named) = await FirstAsync(input, probe, reader, cancellation);
        if (reader is CallReader calls)
        {
            return await QuoteCallsAsync(caller, _models.Require(calls, model ?? named, caller.Terms), input, probe, cancellation);
        }

        var scorer = (ITaskScorer)reader;
        using var held = await _planner.AcquireAsync(model ?? named, scorer.Task, cancellation);
        var manifest = held.Manifest;
        JobPlanner.RequireColumns(probe.RowFormat, scorer, manifest);
        var parser = probe.RowFormat.Parser(scorer, style, [manifest.Name, .. held.OtherNames]);
        var price = JobPlanner.PriceOf(caller.Terms, manifest.Name, scorer);
        var fallback = await _planner.FallbackOfAsync(manifest, price, caller.Terms, scorer, cancellation);

        var (check, size, read, blank) = await CheckAsync(input, probe, parser, scorer, cancellation);
        var report = check.Report(blank);
        var units = UnitsOf(price, check, size.Rows, report);
        // The reservation covers all rows, because only the model determines which rows fail.
        var most = BatchUnits.AtMost(price, size.MostRows, size.MostBytes);
        var want = new Want(caller.Terms, price, Math.Max(1, most));
        var left = await _holds.LeftAsync(caller.Account, _holds.ThisMonth(), want, cancellation);
        var included = want.IncludedUnits > 0 ? left.Free : 0;
        var free = Math.Min(included, units);
        var paid = units - free;
        bool Covers(long units)
        {
            var (dearer, reserved) = BatchUnits.Reserve(price, fallback, units);
            return left.Money is null || dearer.Of(reserved - Math.Min(included, reserved)) <= left.Money;
        }

        // If only a part was read, the budget can cover the estimated size but not the maximum size.
        bool? isCovered = Covers(most) ? true : Covers(BatchUnits.AtMost(price, size.Rows, size.Bytes)) ? null : false;
        var seconds = 0.0;
        if (runsRows || isCovered == false)
        {
            await using var again = await _rows.OpenAsync(input, probe, scorer, cancellation);
            var (ran, worked, _, _) = await _sampler.RunAsync(
                again.Reader, parser, style, probe.RowFormat.TableDelimiter, held.Model, scorer, cancellation);
            seconds = Math.Round(size.Rows / (ran / worked.TotalSeconds), 3);
        }

        return new()
        {
            Rows = size.Rows,
            Bytes = size.Bytes,
            ReadBytes = read,
            Extrapolated = size.Extrapolated,
            Format = FormatOf(probe),
            Model = manifest.ToString(),
            Units = units,
            FreeUnits = free,
            Price = price.Of(paid),
            Amount = MoneyText.Exact(price.Of(paid)),
            Currency = caller.Terms.Currency,
            Fallback = fallback is null ? null : new(
                $"{fallback.Model}/{fallback.Version}", fallback.Price.Of(paid), MoneyText.Exact(fallback.Price.Of(paid))),
            WithinBudget = isCovered,
            Seconds = seconds,
            Quality = report,
        };
    }

    /// <summary>
    /// Quotes calls on a large model: the counted tokens of their prompts, and the most output tokens that they allow. Nothing is sent to
    /// the provider.
    /// </summary>
    private async Task<BatchQuote> QuoteCallsAsync(
        Caller caller, CallModel model, JobInput input, InputProbe probe, CancellationToken cancellation)
    {
        var parser = probe.RowFormat.Parser(model.Reader, RowStyle.OpenAi, [model.Route.Model]);
        var (check, size, read, blank) = await CheckAsync(input, probe, parser, model.Reader, cancellation);
        var report = check.Report(blank);
        var bounds = check.Bounds.Scale(size.Rows, report.CheckedRows);
        var lines = CallPrices.Lines(model.Plan, bounds);
        var (included, isCovered) = await LeftAsync(caller, lines, cancellation);
        List<ChargedLine> charged =
        [
            .. CallPrices.Units(model.Plan with { Bounds = bounds }, new(bounds.PromptTokens, 0, bounds.OutputBound, 0, 0))
                .Select(u => ChargedLine.Of(u.Price, u.Units, included.GetValueOrDefault(u.Price.Unit))),
        ];
        var amount = charged.Sum(c => c.Amount);
        return new()
        {
            Rows = size.Rows,
            Bytes = size.Bytes,
            ReadBytes = read,
            Extrapolated = size.Extrapolated,
            Format = FormatOf(probe),
            Model = model.Route.Model,
            Units = charged.Sum(c => c.Units),
            FreeUnits = charged.Sum(c => c.FreeUnits),
            Price = amount,
            Lines = [.. charged.Select(c => new BatchCostLine(
                c.Price.Unit, c.Price.Micros, c.Price.Per, c.Units, c.FreeUnits, c.Amount))],
            Amount = MoneyText.Exact(amount),
            Currency = caller.Terms.Currency,
            // Rows that were not read may need more than those that were.
            WithinBudget = isCovered && size.Extrapolated ? null : isCovered,
            Seconds = 0,
            Quality = report,
        };
    }

    /// <summary>Returns the included units that are left, and whether the month's budget covers the most that the lines can cost.</summary>
    private async Task<(IReadOnlyDictionary<string, long> Free, bool IsCovered)> LeftAsync(
        Caller caller, IReadOnlyList<UnitLine> lines, CancellationToken cancellation)
    {
        if (lines.Count == 0)
        {
            return (new Dictionary<string, long>(), true);
        }

        var want = new Want(caller.Terms, lines);
        var left = await _holds.LeftOfAllAsync(caller.Account, _holds.ThisMonth(), want, cancellation);
        long[] free = [.. want.Units.Select(u => Math.Min(left.Free[u.Price.Unit], u.Units))];
        return (left.Free, left.Money is not { } money || want.MoneyBeside(free) <= money);
    }

    /// <summary>Extrapolates the units of all rows from the checked rows.</summary>
    private static long UnitsOf(Price price, QualityCheck check, long rows, QualityReport report) =>
        report.CheckedRows == 0 ? rows
        : (long)((Int128)(BatchUnits.IsPerRow(price) ? check.Good : check.CallUnits) * rows / report.CheckedRows);

    private static string FormatOf(InputProbe probe) => probe.Format switch
    {
        InputFormat.JsonLines => "jsonl",
        InputFormat.Csv => probe.Delimiter == '\t' ? "tsv" : "csv",
        _ => "zip",
    } + (probe.Gzip ? ".gz" : "");

    private async Task<(RowStyle Style, string? Model)> FirstAsync(
        JobInput input, InputProbe probe, IInputReader scorer, CancellationToken cancellation)
    {
        await using var rows = await _rows.OpenAsync(input, probe, scorer, cancellation);
        return await Sampler.FirstAsync(rows.Reader, probe.RowFormat, scorer, cancellation);
    }

    private async Task<(QualityCheck Check, QuotedSize Size, long Read, long Blank)> CheckAsync(
        JobInput input, InputProbe probe, RowParser parser, IInputReader scorer, CancellationToken cancellation)
    {
        var check = new QualityCheck();
        await using var quoted = await _rows.OpenAsync(input, probe, scorer, cancellation);
        using var batch = new RowBatch();
        var rows = 0L;
        for (; !quoted.IsEnough && await quoted.Reader.ReadAsync(batch, RowsAtOnce, cancellation); batch.Clear())
        {
            rows += batch.Rows.Count;
            foreach (var raw in batch.Rows)
            {
                var row = parser.Parse(batch, raw);
                check.Add(row, batch.BytesOf(raw).Span);
                row.Input?.Dispose();
            }
        }

        return (check, quoted.SizeOf(rows), quoted.Read, quoted.Reader.Blank);
    }
}
