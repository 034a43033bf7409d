using PerCall.Functions.Journal;
using PerCall.Functions.Metering;

namespace PerCall.Functions.Predictions.Running;

/// <summary>Stores a prediction's output in its row before the prediction is charged.</summary>
/// <param name="row">The row, claimed by this run.</param>
/// <param name="store">The store that holds the row.</param>
/// <param name="ends">Writes the end of the prediction.</param>
/// <param name="intents">Prepares charges in this instance's journal.</param>
public sealed class PredictionAnswer(PredictionRow row, PredictionStore store, PredictionEnds ends, ChargeIntents intents) : IKeptAnswer
{
    public bool NeedsCharge => true;

    /// <summary>The row as it was last written.</summary>
    public PredictionRow Row { get; private set; } = row;

    /// <summary>Whether the output has been stored, so that the charge may be in the journal.</summary>
    public bool IsKept { get; private set; }

    /// <exception cref="PredictionLostException">The prediction was canceled, or another run has taken it over.</exception>
    public async Task<ChargeIntent> KeepAsync(UsageEvents charge, byte[] body, string contentType)
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

    /// <summary>Records that the charge is on disk. If this is not stored, the next run finds the charge in the journal.</summary>
    public async Task ConfirmAsync()
    {
        try
        {
            await ChangeAsync(current => ends.Conclude(current, PredictionState.Succeeded), leaves: true);
        }
        catch (PredictionLostException)
        {
            // Another process has already found the charge.
        }
    }

    /// <summary>
    /// Withdraws the output. The charge is certainly not in the journal and never will be, so the prediction can run again.
    /// </summary>
    public Task WithdrawAsync(Action<PredictionRow> release) => ChangeAsync(
        current =>
        {
            (current.Output, current.OutputBlob) = (null, null);
            release(current);
        },
        leaves: true);

    /// <summary>Changes the row while it belongs to this run.</summary>
    private async Task ChangeAsync(Action<PredictionRow> change, bool leaves)
    {
        var claim = Row.Claim;
        change(Row);
        while (!await (
            leaves ? store.Turns.TryLeaveAsync(Row, CancellationToken.None) : store.Rows.TryReplaceAsync(Row, CancellationToken.None)))
        {
            // A sweep may have changed the row, or this write succeeded and its response was lost.
            Row = await store.Rows.RefreshAsync(Row, CancellationToken.None) is { } current && current.Claim == claim && !current.HasEnded
                ? current
                : throw new PredictionLostException();
            change(Row);
        }
    }
}

/// <summary>The run has lost its prediction: it was canceled, or another run has taken it over.</summary>
public sealed class PredictionLostException() : Exception("The prediction was canceled, or another instance took it over.");
