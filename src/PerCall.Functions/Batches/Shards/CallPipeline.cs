using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Results;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Sends the calls of a shard's rows, several at once, and writes their answers in the order of the rows. A row whose call cannot be sent
/// now waits, without a thread, and does not fail.
/// </summary>
/// <param name="account">The account of the batch.</param>
/// <param name="reader">The reader of the rows; it knows the model.</param>
/// <param name="parser">Parses the file's rows.</param>
/// <param name="sender">Sends calls.</param>
/// <param name="slots">Limits how many calls run at once.</param>
/// <param name="threads">Parses and checks rows.</param>
/// <param name="turn">The shard's turn.</param>
/// <param name="tries">How often a row's call can fail, although others succeed.</param>
/// <param name="log">Receives unexpected failures.</param>
public sealed partial class CallPipeline(
    string account, CallReader reader, RowParser parser, CallSender sender, CallSlots slots, ScoringThreads threads, CallTurn turn,
    int tries, ILogger log)
{
    private const int RowsAtOnce = 16;
    private const int MostOpen = 64;
    private const long MostOpenBytes = 16 << 20;

    private readonly Queue<OpenRow> _open = [];
    private readonly Dictionary<long, KeptRow> _kept = [];

    // Bytes of open rows and of their answers.
    private long _openBytes;
    private long _keptBytes;
    private volatile bool _isTooLong;

    /// <summary>The rows that a later turn does not have to send again.</summary>
    public IReadOnlyCollection<KeptRow> Kept => _kept.Values;

    /// <summary>
    /// Whether the answers so far are short enough to be kept. If not, the shard goes on to its end, because further turns would not get
    /// further either.
    /// </summary>
    public bool CanKeep => !_isTooLong;

    private LargeModelRoute Route => reader.Route;

    /// <param name="rows">Reads the rows.</param>
    /// <param name="writer">Receives answers and faults, in order.</param>
    /// <param name="kept">What former turns of the shard kept.</param>
    /// <param name="cancellation">Cancels running calls.</param>
    /// <returns>Whether all rows are done; otherwise the rest needs another turn.</returns>
    public async Task<bool> RunAsync(
        IRowReader rows, ResultWriter writer, IReadOnlyDictionary<long, KeptRow> kept, CancellationToken cancellation)
    {
        foreach (var row in kept.Values)
        {
            Keep(row);
        }

        var isWhole = true;
        using var batch = new RowBatch();
        try
        {
            while (isWhole && await rows.ReadAsync(batch, RowsAtOnce, cancellation))
            {
                var parsed = await threads.RunAsync(() => batch.Rows.ConvertAll(r => parser.Parse(batch, r)));
                for (var i = 0; isWhole && i < parsed.Count; i++)
                {
                    isWhole = await BeginAsync(parsed[i], batch.Rows[i].Length, kept, cancellation)
                        && await WriteAsync(writer, all: false, cancellation);
                }

                batch.Clear();
            }

            return await WriteAsync(writer, all: true, cancellation) && isWhole;
        }
        finally
        {
            // No call outlives the shard's turn. Answers that arrive until then are kept.
            await ((Task)Task.WhenAll(_open.Select(o => o.Done))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var row in _open.Where(o => o.Done.IsCompletedSuccessfully))
            {
                Keep(await row.Done);
            }
        }
    }

    /// <summary>Begins a row.</summary>
    /// <returns>False: the turn is over, so the row did not begin.</returns>
    private async ValueTask<bool> BeginAsync(
        ParsedRow row, int bytes, IReadOnlyDictionary<long, KeptRow> kept, CancellationToken cancellation)
    {
        var before = kept.GetValueOrDefault(row.Line) ?? new KeptRow { Line = row.Line };
        if (row.Fault is not null || before.IsDone)
        {
            Open(new(row, Task.FromResult(before), bytes, IsKept: true));
            return true;
        }

        if (turn.IsOver && CanKeep)
        {
            return false;
        }

        var slot = await slots.EnterAsync(account, Route, cancellation);
        Open(new(row, CallAsync(before, (CallInput)row.Input!, slot, cancellation), bytes, IsKept: false));
        return true;
    }

    private void Open(OpenRow row)
    {
        _open.Enqueue(row);
        Interlocked.Add(ref _openBytes, row.Bytes);
    }

    /// <summary>Writes the first rows, as far as they are done. Waits for them if too many are open.</summary>
    /// <returns>False: a row needs another turn, and no row behind it is written.</returns>
    private async ValueTask<bool> WriteAsync(ResultWriter writer, bool all, CancellationToken cancellation)
    {
        while (_open.TryPeek(out var first)
            && (all || first.Done.IsCompleted || _open.Count >= MostOpen || Interlocked.Read(ref _openBytes) >= MostOpenBytes))
        {
            var done = await first.Done;
            if (first.Row.Fault is null && !done.IsDone)
            {
                return false;
            }

            Write(writer, first.Row, done);
            Keep(done);
            _open.Dequeue();
            Interlocked.Add(ref _openBytes, -first.Bytes - (first.IsKept ? 0 : done.Bytes));
            await writer.StageAsync(all: false, cancellation);
        }

        return true;
    }

    private static void Write(ResultWriter writer, ParsedRow row, KeptRow done)
    {
        if ((row.Fault ?? done.Fault) is { } fault)
        {
            writer.Fail(row, fault);
        }
        else
        {
            writer.Deliver(row, new CallAnswer(done.Answer!.Value, done.Tokens), tokens: done.Tokens);
        }
    }

    private void Keep(KeptRow row)
    {
        if (row.IsDone || row.Failures > 0)
        {
            _keptBytes += row.Bytes - (_kept.GetValueOrDefault(row.Line)?.Bytes ?? 0);
            _isTooLong |= _keptBytes > KeptRows.MostBytes;
            _kept[row.Line] = row;
        }

        if (_isTooLong)
        {
            _kept.Clear();
        }
    }

    /// <summary>Sends a row's call until it is answered or refused, or until the turn is over.</summary>
    private async Task<KeptRow> CallAsync(KeptRow row, CallInput input, IDisposable slot, CancellationToken cancellation)
    {
        try
        {
            var answered = sender.Answered(Route);
            for (var failed = 0; ; failed++)
            {
                try
                {
                    var answer = await sender.SendAsync(Route, reader.Call, input, cancellation);
                    Interlocked.Add(ref _openBytes, answer.Json.Length);
                    return row with { Answer = answer.Json, Tokens = answer.Tokens };
                }
                catch (LargeModelRefusedException e) when (CallSender.IsTemporary(e))
                {
                    // If other calls succeed meanwhile, the row may be the reason.
                    var now = sender.Answered(Route);
                    row = e.Status != 429 && now > answered ? row with { Failures = row.Failures + 1 } : row;
                    answered = now;
                    if (row.Failures >= tries)
                    {
                        return row with { Fault = new(e.Code, e.Message, e.Param) };
                    }

                    slot.Dispose();
                    if (!await turn.WaitAsync(e.RetryAfter, failed, mayEnd: CanKeep, cancellation))
                    {
                        return row;
                    }

                    slot = await slots.EnterAsync(account, Route, cancellation);
                }
                catch (LargeModelRefusedException e)
                {
                    return row with { Fault = new(e.Code, e.Message, e.Param) };
                }
                catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
                {
                    LogFailed(e);
                    return row with { Fault = RowFault.Of(e) };
                }
            }
        }
        finally
        {
            slot.Dispose();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A row of a batch failed unexpectedly")]
    private partial void LogFailed(Exception exception);

    /// <summary>A row that has begun and is not written.</summary>
    /// <param name="Row">The row.</param>
    /// <param name="Done">Its outcome.</param>
    /// <param name="Bytes">Its size in bytes.</param>
    /// <param name="IsKept">Whether no call is sent for it in this turn.</param>
    private readonly record struct OpenRow(ParsedRow Row, Task<KeptRow> Done, int Bytes, bool IsKept);
}
