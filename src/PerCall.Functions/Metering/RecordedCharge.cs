using PerCall.Functions.Budget;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>A charge that is in the journal or is being written to it.</summary>
/// <param name="charge">The journal's event.</param>
/// <param name="reservation">The reservation that pays for it.</param>
/// <param name="written">Completes when the charge is on disk; fails when the charge was not written and never will be.</param>
public sealed class RecordedCharge(UsageEvent charge, Reservation reservation, Task written)
{
    public UsageEvent Event => charge;

    public Reservation Reservation => reservation;

    public Task Written => written;

    /// <summary>Completes when the event that voids the charge is written, if there is one.</summary>
    public Task TakenBack { get; set; } = Task.CompletedTask;
}
