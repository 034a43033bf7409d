using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage.Turns;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Redaction;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Functions.Predictions.Running;

/// <summary>
/// Runs predictions. The row goes through the states of <see cref="PredictionState"/>. Each step is a conditional write, so a process can
/// die at any point. A claimed prediction that does not finish is taken over after a while. If its output was stored, the journal of the
/// instance that stored it is closed first, and then shows whether the prediction was charged.
/// </summary>
public sealed partial class PredictionRunner
{
    private const int MaxTries = 5;
    private const int MostDoublings = 4;

    /// <summary>
    /// The turns of a dead instance are given to others after this time. For a prediction that runs longer, the instance's own places keep
    /// the limit.
    /// </summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PredictionStore _store;
    private readonly PredictionMessages _queue;
    private readonly PredictionEnds _ends;
    private readonly TaskScorers _scorers;
    private readonly ModelRegistry _registry;
    private readonly Fallbacks _fallbacks;
    private readonly Redactor _redactor;
    private readonly Allowances _allowances;
    private readonly Charges _charges;
    private readonly ChargeIntents _intents;
    private readonly TimeSpan _lapse;
    private readonly TimeSpan _retryPause;
    private readonly TimeSpan _turn;
    private readonly InstancePlaces _places;
    private readonly TimeProvider _time;
    private readonly ILogger<PredictionRunner> _log;

    public PredictionRunner(
        PredictionStore store,
        PredictionMessages queue,
        PredictionEnds ends,
        TaskScorers scorers,
        ModelRegistry registry,
        Fallbacks fallbacks,
        Redactor redactor,
        Allowances allowances,
        Charges charges,
        ChargeIntents intents,
        IOptions<PredictionOptions> options,
        TimeProvider time,
        ILogger<PredictionRunner> log)
    {
        (_store, _queue, _ends, _scorers, _registry, _allowances, _charges) = (store, queue, ends, scorers, registry, allowances, charges);
        (_fallbacks, _redactor) = (fallbacks, redactor);
        (_intents, _lapse, _retryPause, _time, _log) = (intents, options.Value.Lapse, options.Value.RetryPause, time, log);
        _turn = _lapse < LongestTurn ? _lapse : LongestTurn;
        _places = new(int.MaxValue, options.Value.AtOncePerTenant);
    }

    /// <summary>Runs a prediction, unless it has ended, runs elsewhere, or must wait for its turn.</summary>
    /// <returns>False: the account's places on this instance are taken. The message has to come again.</returns>
    public async Task<bool> RunAsync(string account, string id, CancellationToken cancellation)
    {
        using var place = _places.TryTake(account);
        if (place is null)
        {
            return false;
        }

        while (await _store.Rows.FindAsync(account, id, cancellation) is { } row && await IsFreeAsync(row, cancellation))
        {
            if (row.Tries >= MaxTries)
            {
                await FailAsync(row, "prediction_failed", "The prediction failed after several attempts.", cancellation);
                break;
            }

            switch (await _store.Turns.TryEnterAsync(row, _turn, () => Claim(row), () => Unclaim(row), full: null, cancellation))
            {
                case Entrance.Entered:
                    await RunClaimedAsync(row, cancellation);
                    return true;
                case Entrance.Waits:
                    await AdvanceAsync(account, cancellation);
                    return true;
            }
        }

        return true;
    }

    /// <summary>Gives up a prediction: it fails, unless it has ended or runs elsewhere.</summary>
    public async Task GiveUpAsync(string account, string id, string code, string message, CancellationToken cancellation)
    {
        if (await _store.Rows.FindAsync(account, id, cancellation) is { } row && await IsFreeAsync(row, cancellation))
        {
            await FailAsync(row, code, message, cancellation);
        }
    }

    /// <summary>Returns whether no process runs the prediction. Finishes a prediction that has already ended or was charged.</summary>
    private async Task<bool> IsFreeAsync(PredictionRow row, CancellationToken cancellation)
    {
        if (row.HasEnded)
        {
            await _ends.FinishAsync(row, cancellation);
            return false;
        }

        switch (await _intents.ResolveAsync(row.Intent, row.ClaimedUntil, cancellation))
        {
            case ChargeOutcome.NotYet:
                return false;
            case ChargeOutcome.Charged:
                await EndAsync(row, PredictionState.Succeeded, null, null, cancellation);
                return false;
            default:
                return true;
        }
    }

    private async Task RunClaimedAsync(PredictionRow row, CancellationToken cancellation)
    {
        var kept = new PredictionAnswer(row, _store, _ends, _intents);
        try
        {
            using var lapsed = new CancellationTokenSource(_lapse, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lapsed.Token);
            await WorkAsync(row, kept, either.Token);
            await _ends.FinishAsync(kept.Row, CancellationToken.None);
        }
        catch (PredictionLostException)
        {
            LogLost(row.Id);
        }
        catch (ModelBusyException e)
        {
            await PostponeAsync(kept, e.RetryAfter * (1 << Math.Min(row.Postponed, MostDoublings)));
        }
        catch (Exception e) when (e is JournalFencedException or RefusedException { Status: >= 500 })
        {
            // The prediction was certainly not charged.
            LogNotCharged(e, row.Id);
            await PostponeAsync(kept, _retryPause);
        }
        catch (Exception e) when (e is InferenceException or RefusedException)
        {
            var problem = Problems.From(e);
            await FailAsync(row, problem.Code!, problem.Detail!, CancellationToken.None);
        }
        catch (Exception) when (!kept.IsKept)
        {
            // A failure during a shutdown does not count as the prediction's.
            Release(row, TimeSpan.Zero, counts: !cancellation.IsCancellationRequested);
            await _store.Rows.TryReplaceAsync(row, CancellationToken.None);
            throw;
        }
    }

    private async Task WorkAsync(PredictionRow row, PredictionAnswer kept, CancellationToken cancellation)
    {
        TurnShare.Current = row.Caller.Account;
        var scorer = _scorers.RequireTask(row.Task);
        using var input = scorer.Read(await _store.InputAsync(row, cancellation), lenient: true);
        using var lease = await _registry.AcquireAsync($"{row.Model}/{row.Version}", cancellation);
        var caller = row.Caller;
        using var call = new MeteredCall(null, caller, _allowances, _charges, kept);
        try
        {
            await call.ReserveAsync(scorer.Operation, row.Model, input.Units, cancellation);
            var outcome = await ScoreAsync(scorer, lease.Model, input, row.Id, call, caller.Terms.Redact, cancellation);
            await call.ChargeAsync(
                row.Id, lease.Model.Manifest, outcome.Shares ?? new(input.Units), await WriteAsync(outcome), cancellation);
        }
        finally
        {
            call.ReleaseReservation();
        }
    }

    private async Task<Outcome> ScoreAsync(
        ITaskScorer scorer, LoadedModel model, TaskInput input, string id, MeteredCall call, bool redacts, CancellationToken cancellation)
    {
        if (model.IsWaiting && scorer is IWaitingScorer waiting)
        {
            var use = new LargeModelUse
            {
                OpenFallback = (rule, units, token) => _fallbacks.OpenAsync(
                    rule.Model, t => call.TryReserveFallbackAsync(scorer.Operation, rule.Model, units, t), token),
                Redact = redacts ? _redactor.Redact : null,
            };
            return (await waiting.ScoreAsync(model, [input], [id], use, RunAsync, cancellation))[0];
        }

        using var turn = await model.EnterAsync(cancellation);
        return scorer.Score(model, [input], [id], cancellation)[0];

        async Task RunAsync(Action work)
        {
            using var turn = await model.EnterAsync(cancellation);
            work();
        }
    }

    private static async Task<byte[]> WriteAsync(Outcome outcome)
    {
        if (outcome.Answer is not { } answer)
        {
            throw outcome.Fault!;
        }

        using var stream = new MemoryStream();
        await using (var json = new Utf8JsonWriter(stream, Readable))
        {
            answer.WriteTo(json);
        }

        return stream.ToArray();
    }

    private async Task PostponeAsync(PredictionAnswer kept, TimeSpan delay)
    {
        try
        {
            await kept.WithdrawAsync(row => Release(row, delay, counts: false));
        }
        catch (PredictionLostException)
        {
            return;
        }

        await _queue.SendAsync(kept.Row.PartitionKey, kept.Row.Id, delay, CancellationToken.None);
        await AdvanceAsync(kept.Row.PartitionKey, CancellationToken.None);
    }

    private void Release(PredictionRow row, TimeSpan delay, bool counts)
    {
        Unclaim(row);
        row.LookAfter = _time.GetUtcNow() + delay + _queue.Grace;
        if (!counts)
        {
            row.Tries--;
            row.Postponed++;
        }
    }

    private void Claim(PredictionRow row)
    {
        row.Progress = PredictionState.Processing;
        row.Claim = Guid.CreateVersion7().ToString("n");
        row.ClaimedUntil = _time.GetUtcNow() + _lapse;
        row.LookAfter = row.ClaimedUntil;
        row.Tries++;
        row.Resent = 0;
    }

    private static void Unclaim(PredictionRow row)
    {
        row.Progress = PredictionState.Queued;
        (row.Claim, row.ClaimedUntil) = (null, null);
    }

    private Task<DateTimeOffset?> AdvanceAsync(string account, CancellationToken cancellation) =>
        _store.Turns.AdvanceAsync(account, row => _queue.SendAsync(row, cancellation), cancellation);

    private Task FailAsync(PredictionRow row, string code, string message, CancellationToken cancellation) =>
        EndAsync(row, PredictionState.Failed, code, message, cancellation);

    private async Task EndAsync(PredictionRow row, PredictionState state, string? code, string? message, CancellationToken cancellation)
    {
        _ends.Conclude(row, state, code, message);
        if (await _store.Turns.TryLeaveAsync(row, cancellation))
        {
            LogEnded(row.Id, state, code);
            await _ends.FinishAsync(row, cancellation);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Prediction {Id} was canceled or taken over while it was running")]
    private partial void LogLost(string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to charge prediction {Id}; running it again")]
    private partial void LogNotCharged(Exception exception, string id);

    [LoggerMessage(Level = LogLevel.Information, Message = "Prediction {Id} ended as {State} ({Code})")]
    private partial void LogEnded(string id, PredictionState state, string? code);
}
