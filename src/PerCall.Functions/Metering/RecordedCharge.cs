using PerCall.Functions.Budget;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>A charge that is in the journal or is being written to it.</summary>
/// <param name="charge">The journal's events, in the order of the reservation's settlement.</param>
/// <param name="reservation">The reservation that pays for it.</param>
/// <param name="fallback">The reservation that pays for the second event, which the fallback answered; null: there is none.</param>
/// <param name="written">Completes when the charge is on disk; fails when the charge was not written and never will be.</param>
public sealed class RecordedCharge(UsageEvents charge, Reservation reservation, Reservation? fallback, Task written)
{
    public UsageEvents Events => charge;

    public Reservation Reservation => reservation;

    public Reservation? Fallback => fallback;

    public Task Written => written;

    /// <summary>Completes when the events that void the charge are written, if there are any.</summary>
    public Task TakenBack { get; set; } = Task.CompletedTask;
}
