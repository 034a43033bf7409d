using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering;

/// <summary>Writes charges to the journal, before the answer leaves or in parallel with it.</summary>
public sealed partial class Charges(UsageJournal journal, IOptions<MeteringOptions> options, ILogger<Charges> log)
{
    private const string VoidSuffix = "-void";

    /// <exception cref="RefusedException">503: storage is unavailable, so a charge might never be written.</exception>
    public void RequireOpen() => journal.RequireOpen();

    /// <summary>Whether an answer leaves only when its charge is on disk.</summary>
    public bool WritesBeforeAnswer => options.Value.Durability == Durability.BeforeAnswer;

    /// <summary>Announces a charge to the journal, until the result is disposed of.</summary>
    public IDisposable Expect() => journal.Expect();

    /// <summary>
    /// Writes a charge. Returns when it is on disk; with <see cref="Durability.Async"/>, returns at once. Unless this fails, the caller
    /// must call <see cref="MakeFinal"/>.
    /// </summary>
    /// <exception cref="JournalFencedException">The charge was not written and never will be.</exception>
    public async Task<RecordedCharge> RecordAsync(
        UsageEvents charge, string? generation, Reservation reservation, Reservation? fallback = null)
    {
        var written = WriteAsync(charge, generation, reservation, fallback);
        if (WritesBeforeAnswer)
        {
            await written;
        }
        else
        {
            LogLoss(written, charge.Id);
        }

        return new(charge, reservation, fallback, written);
    }

    /// <summary>Appends events without a void at the end of the request. Returns when they are on disk.</summary>
    /// <inheritdoc cref="UsageJournal.AppendAsync(UsageEvents, string?)"/>
    public Task AppendAsync(UsageEvents usage, string? generation) => journal.AppendAsync(usage, generation);

    /// <summary>Logs the failure of a charge that nobody waits for.</summary>
    public void LogLoss(Task written, string id) => _ = LogLossAsync(written, id);

    /// <summary>Voids a charge whose answer did not leave.</summary>
    public void TakeBack(RecordedCharge charge) => charge.TakenBack = LogLossAsync(VoidAsync(charge), charge.Events.Id);

    /// <summary>Makes a charge final at the end of its request. It cannot be voided afterwards.</summary>
    public static void MakeFinal(RecordedCharge charge) => _ = MakeFinalAsync(charge);

    private static async Task MakeFinalAsync(RecordedCharge charge)
    {
        await charge.Written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await charge.TakenBack;
        charge.Reservation.Dispose();
        charge.Fallback?.Dispose();
    }

    private async Task WriteAsync(UsageEvents charge, string? generation, Reservation reservation, Reservation? fallback)
    {
        try
        {
            await journal.AppendAsync(charge, generation);
        }
        catch
        {
            reservation.Dispose();
            fallback?.Dispose();
            throw;
        }

        reservation.Commit();
        fallback?.Commit();
    }

    private async Task VoidAsync(RecordedCharge recorded)
    {
        await recorded.Written;
        var charge = recorded.Events;
        var tag = recorded.Reservation.Void();
        var other = recorded.Fallback?.Void();
        try
        {
            var generation = SameGeneration(tag.Generation, other?.Generation);
            await journal.AppendAsync(Voiding(charge, tag, tag.Lease, other, other?.Lease ?? 0), generation);
            recorded.Reservation.Commit();
            recorded.Fallback?.Commit();
        }
        catch (JournalFencedException)
        {
            // The lease that would get the amount back is gone. The tenant does not pay, but the budget counts the amount as spent.
            await journal.AppendAsync(Voiding(charge, tag, 0, other, 0), null);
        }
    }

    /// <summary>Returns the generation of two settlements that are written with one append; null: neither needs one.</summary>
    /// <exception cref="JournalFencedException">The journal was fenced between the two.</exception>
    public static string? SameGeneration(string? first, string? second) =>
        first is null || second is null || first == second ? first ?? second : throw new JournalFencedException(first);

    /// <summary>Returns the events that void a charge, one for each of its events.</summary>
    private static UsageEvents Voiding(UsageEvents charge, Settlement tag, long lease, Settlement? other, long otherLease)
    {
        return new(
            Voiding(charge.First, tag.First, lease),
            other is { } fallback
                ? [Voiding(charge.Further[0], fallback.First, otherLease)]
                : [.. charge.Further.Zip(tag.Further, (usage, unit) => Voiding(usage, unit, lease))]);

        static UsageEvent Voiding(UsageEvent usage, SettledUnit unit, long lease) =>
            usage with
            {
                Id = usage.Id + VoidSuffix,
                Voids = usage.Id,
                Units = unit.Units,
                FreeUnits = unit.FreeUnits,
                Charge = unit.Charge,
                Lease = lease,
                // The provider bills the operator also for an answer that does not leave.
                Cost = null,
            };
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
