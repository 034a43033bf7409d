using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering;

/// <summary>Writes charges into the journal: before their answer leaves, or beside it.</summary>
public sealed partial class Charges(UsageJournal journal, IOptions<MeteringOptions> options, ILogger<Charges> log)
{
    private const string VoidSuffix = "-void";

    /// <exception cref="RefusedException">503: storage does not answer, and what waits for it may come to nothing.</exception>
    public void RequireOpen() => journal.RequireOpen();

    /// <summary>Tells the journal that a charge is on its way, until it is disposed of.</summary>
    public IDisposable Expect() => journal.Expect();

    /// <summary>
    /// Returns when the charge is on disk, or with <see cref="Durability.Async"/> at once. <see cref="MakeFinal"/> has to follow, unless it
    /// fails.
    /// </summary>
    /// <exception cref="JournalFencedException">It is not on disk and will not be.</exception>
    public async Task<RecordedCharge> RecordAsync(UsageEvent charge, string? generation, Reservation reservation)
    {
        var written = WriteAsync(charge, generation, reservation);
        if (options.Value.Durability == Durability.BeforeAnswer)
        {
            await written;
        }
        else
        {
            _ = LogLossAsync(written, charge.Id);
        }

        return new(charge, reservation, written);
    }

    /// <summary>Takes back a charge whose answer did not leave.</summary>
    public void TakeBack(RecordedCharge charge) => charge.TakenBack = LogLossAsync(VoidAsync(charge), charge.Event.Id);

    /// <summary>The charge is final: the request is over, and nothing takes the charge back any more.</summary>
    public static void MakeFinal(RecordedCharge charge) => _ = MakeFinalAsync(charge);

    private static async Task MakeFinalAsync(RecordedCharge charge)
    {
        await charge.Written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await charge.TakenBack;
        charge.Reservation.Dispose();
    }

    private async Task WriteAsync(UsageEvent charge, string? generation, Reservation reservation)
    {
        try
        {
            await journal.AppendAsync(charge, generation);
        }
        catch
        {
            reservation.Dispose();
            throw;
        }

        reservation.Commit();
    }

    private async Task VoidAsync(RecordedCharge recorded)
    {
        await recorded.Written;
        var charge = recorded.Event;
        var tag = recorded.Reservation.Void();
        var back =
            charge with { Id = charge.Id + VoidSuffix, Voids = charge.Id, Units = -charge.Units, FreeUnits = tag.FreeUnits,
                Charge = tag.Charge, Lease = tag.Lease };
        try
        {
            await journal.AppendAsync(back, tag.Generation);
            recorded.Reservation.Commit();
        }
        catch (JournalFencedException)
        {
            // The lease that it would go back to is gone: the tenant is not charged all the same, and the budget has it as spent.
            await journal.AppendAsync(back with { Lease = 0 }, null);
        }
    }

    private async Task LogLossAsync(Task written, string id)
    {
        try
        {
            await written;
        }
        catch (Exception e)
        {
            LogLost(e, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to write the journal entry for {Id}")]
    private partial void LogLost(Exception exception, string id);
}
