using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Limits;
using PerCall.Functions.Metering.Journal;

namespace PerCall.Functions.Metering;

/// <summary>A charge that is in the journal, or on its way there.</summary>
/// <param name="Event">As the journal has it.</param>
/// <param name="Reservation">What it was taken out of.</param>
/// <param name="Written">Ends when it is on disk, or fails where it is not and never will be.</param>
internal sealed record RecordedCharge(UsageEvent Event, Reservation Reservation, Task Written);

/// <summary>Writes charges into the journal: before their answer leaves, or beside it.</summary>
internal sealed partial class Charges(UsageJournal journal, IOptions<MeteringOptions> options, ILogger<Charges> log)
{
    private const string VoidSuffix = "-void";

    /// <summary>Tells the journal that a charge is on its way, until it is disposed of.</summary>
    public IDisposable Expect() => journal.Expect();

    /// <summary>Returns when the charge is on disk, or with <see cref="Durability.Async"/> at once. The reservation is disposed of when it is.</summary>
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
    public void TakeBack(RecordedCharge charge) => _ = LogLossAsync(VoidAsync(charge), charge.Event.Id);

    private async Task WriteAsync(UsageEvent charge, string? generation, Reservation reservation)
    {
        using (reservation)
        {
            await journal.AppendAsync(charge, generation);
            reservation.Commit();
        }
    }

    private async Task VoidAsync(RecordedCharge recorded)
    {
        await recorded.Written;
        var charge = recorded.Event;
        // Given back only when the journal says so: before that it could be spent twice.
        var tag = recorded.Reservation.BeginVoid();
        await journal.AppendAsync(
            charge with { Id = charge.Id + VoidSuffix, Voids = charge.Id, Units = -charge.Units, FreeUnits = -charge.FreeUnits, Charge = -charge.Charge, Lease = tag.Lease },
            tag.Generation);
        recorded.Reservation.Void();
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The journal does not hold what it should of {Id}")]
    private partial void LogLost(Exception exception, string id);
}
