using PerCall.Functions.Pricing;

namespace PerCall.Functions.Journal;

/// <summary>One charge: a line of the journal. Amounts are micro-units of <see cref="Currency"/>.</summary>
public sealed record UsageEvent
{
    /// <summary>The answer's id; unique for ever.</summary>
    public required string Id { get; init; }

    /// <summary>When the call was admitted; decides the day and the month.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string Account { get; init; }

    public required string Key { get; init; }

    public required string Operation { get; init; }

    public required string Model { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>Units delivered, those that the plan includes among them. Negative where <see cref="Voids"/> is set.</summary>
    public required long Units { get; init; }

    /// <summary>Of them, those that the plan includes.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>
    /// The price of the units that are not free, as it stood when the call was admitted; its <see cref="Price.Unit"/> is the event's.
    /// </summary>
    public required Price Price { get; init; }

    public required string Plan { get; init; }

    public required int PlanVersion { get; init; }

    public required string Currency { get; init; }

    /// <summary>What the tenant pays: <see cref="Price"/> of the units that are not free.</summary>
    public required long Charge { get; init; }

    /// <summary>Which of the writer's leases on the tenant's allowance the charge came out of; 0: of none.</summary>
    public required long Lease { get; init; }

    /// <summary>The event that this one takes back, because its answer never began to leave.</summary>
    public string? Voids { get; init; }
}
