using PerCall.Functions.Budget;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>A charge that is in the journal, or on its way there.</summary>
/// <param name="charge">As the journal has it.</param>
/// <param name="reservation">What it was taken out of.</param>
/// <param name="written">Ends when it is on disk, or fails where it is not and never will be.</param>
public sealed class RecordedCharge(UsageEvent charge, Reservation reservation, Task written)
{
    public UsageEvent Event => charge;

    public Reservation Reservation => reservation;

    public Task Written => written;

    /// <summary>Ends with the event that takes it back, if there is to be one.</summary>
    public Task TakenBack { get; set; } = Task.CompletedTask;
}
