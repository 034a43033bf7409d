using PerCall.Functions.Pricing;

namespace PerCall.Functions.Journal;

/// <summary>One charge: a line of the journal. Amounts are micro-units of <see cref="Currency"/>.</summary>
public sealed record UsageEvent
{
    /// <summary>The id of the answer; unique forever.</summary>
    public required string Id { get; init; }

    /// <summary>When the call was admitted. Decides the day and the month.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string Account { get; init; }

    public required string Key { get; init; }

    public required string Operation { get; init; }

    public required string Model { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>Delivered units, including those that the plan includes. Negative if <see cref="Voids"/> is set.</summary>
    public required long Units { get; init; }

    /// <summary>Delivered units that the plan includes. They are not charged.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>The price of the charged units when the call was admitted. Its <see cref="Price.Unit"/> is the event's unit.</summary>
    public required Price Price { get; init; }

    public required string Plan { get; init; }

    public required int PlanVersion { get; init; }

    public required string Currency { get; init; }

    /// <summary>What the tenant pays: <see cref="Price"/> times the charged units.</summary>
    public required long Charge { get; init; }

    /// <summary>The number of the writer's lease on the tenant's allowance that pays the charge; 0: no lease.</summary>
    public required long Lease { get; init; }

    /// <summary>The id of the event that this one voids, because its answer did not leave.</summary>
    public string? Voids { get; init; }
}
