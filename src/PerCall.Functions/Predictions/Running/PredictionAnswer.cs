using PerCall.Functions.Journal;
using PerCall.Functions.Metering;

namespace PerCall.Functions.Predictions.Running;

/// <summary>Keeps a prediction's output in its row before it is charged.</summary>
/// <param name="row">Claimed by this run.</param>
/// <param name="store">Where it is.</param>
/// <param name="ends">Writes its end.</param>
/// <param name="intents">Intents to charge in this instance's journal.</param>
public sealed class PredictionAnswer(PredictionRow row, PredictionStore store, PredictionEnds ends, ChargeIntents intents) : IKeptAnswer
{
    public bool NeedsCharge => true;

    /// <summary>As it was last written.</summary>
    public PredictionRow Row { get; private set; } = row;

    /// <summary>Whether the output has been kept, so that the charge may be in the journal.</summary>
    public bool IsKept { get; private set; }

    /// <exception cref="PredictionLostException">It was canceled, or another run has taken it over.</exception>
    public async Task<ChargeIntent> KeepAsync(UsageEvent charge, byte[] body)
    {
        var intent = await intents.PrepareAsync(charge.Id, CancellationToken.None);
        await store.KeepOutputAsync(Row, body, CancellationToken.None);
        var (output, blob) = (Row.Output, Row.OutputBlob);
        IsKept = true;
        try
        {
            await ChangeAsync(
                current =>
                {
                    (current.Output, current.OutputBlob) = (output, blob);
                    current.MarkAnswered(intent, charge);
                },
                leaves: false);
        }
        catch (PredictionLostException)
        {
            IsKept = false;
            throw;
        }

        return intent;
    }

    /// <summary>The charge is on disk. If this is not stored, the next run finds the charge in the journal.</summary>
    public async Task ConfirmAsync()
    {
        try
        {
            await ChangeAsync(current => ends.Conclude(current, PredictionState.Succeeded), leaves: true);
        }
        catch (PredictionLostException)
        {
            // Somebody has found it already.
        }
    }

    /// <summary>The charge is surely not in the journal, and will not be: it can run again.</summary>
    public Task WithdrawAsync(Action<PredictionRow> release) => ChangeAsync(
        current =>
        {
            (current.Output, current.OutputBlob) = (null, null);
            release(current);
        },
        leaves: true);

    /// <summary>Changes the row for as long as it is this run's.</summary>
    private async Task ChangeAsync(Action<PredictionRow> change, bool leaves)
    {
        var claim = Row.Claim;
        change(Row);
        while (!await (
            leaves ? store.Turns.TryLeaveAsync(Row, CancellationToken.None) : store.Rows.TryReplaceAsync(Row, CancellationToken.None)))
        {
            // A sweep may have looked in; or the write had got there, and its answer was lost.
            Row = await store.Rows.RefreshAsync(Row, CancellationToken.None) is { } current && current.Claim == claim && !current.HasEnded
                ? current
                : throw new PredictionLostException();
            change(Row);
        }
    }
}

/// <summary>The prediction is another's by now, or nobody's.</summary>
public sealed class PredictionLostException() : Exception("The prediction was canceled, or another instance took it over.");
