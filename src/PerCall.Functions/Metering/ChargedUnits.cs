using PerCall.Functions.Budget;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>What a call has used so far.</summary>
/// <param name="Units">The number of each unit since the call began; 0 or more. Units that are left out are 0.</param>
/// <param name="Basis"><see cref="UsageEvent.Reported"/>, <see cref="UsageEvent.Counted"/>, or null for the service's own models.</param>
/// <param name="Cost">
/// What the provider bills the operator since the call began, in micro-units of the operator's currency; null: unknown.
/// </param>
public sealed record ChargedUnits(IReadOnlyList<KeyValuePair<string, long>> Units, string? Basis, long? Cost)
{
    /// <summary>Returns the events of a settlement: one for each unit that has changed, at least one.</summary>
    /// <param name="first">The call's first event. Its units and amounts are replaced.</param>
    /// <param name="settled">The settlement.</param>
    /// <param name="written">The number of the call's events that are already in the journal.</param>
    /// <param name="cost">The part of the provider's cost that they do not have; null: none.</param>
    public UsageEvents Describe(UsageEvent first, Settlement settled, int written, long? cost)
    {
        return new(
            EventOf(settled.First, 0) with { Cost = cost },
            [.. settled.Further.Select((unit, i) => EventOf(unit, i + 1))]);

        UsageEvent EventOf(SettledUnit unit, int index) =>
            first with
            {
                Id = written + index == 0 ? first.Id : $"{first.Id}-{written + index + 1}",
                Of = written + index == 0 ? null : first.Id,
                Price = unit.Price,
                Units = unit.Units,
                FreeUnits = unit.FreeUnits,
                Charge = unit.Charge,
                Lease = settled.Lease,
                Basis = Basis,
            };
    }
}
