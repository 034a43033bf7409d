using PerCall.Functions.Pricing;

namespace PerCall.Functions.Journal;

/// <summary>One charge: a line of the journal. Amounts are micro-units of <see cref="Currency"/>.</summary>
public sealed record UsageEvent
{
    /// <summary>The units are those that a provider reported.</summary>
    public const string Reported = "reported";

    /// <summary>The units were counted from what was delivered.</summary>
    public const string Counted = "counted";

    /// <summary>The id of the answer; unique forever. Further events of the same answer add <c>-2</c>, <c>-3</c> and so on.</summary>
    public required string Id { get; init; }

    /// <summary>When the call was admitted. Decides the day and the month.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string Account { get; init; }

    public required string Key { get; init; }

    public required string Operation { get; init; }

    public required string Model { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>
    /// Delivered units, including those that the plan includes. Negative if <see cref="Voids"/> is set, or if the event corrects what was
    /// charged for the same call before.
    /// </summary>
    public required long Units { get; init; }

    /// <summary>Delivered units that the plan includes. They are not charged.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>The price of the charged units when the call was admitted. Its <see cref="Price.Unit"/> is the event's unit.</summary>
    public required Price Price { get; init; }

    public required string Plan { get; init; }

    public required int PlanVersion { get; init; }

    public required string Currency { get; init; }

    /// <summary>
    /// What the tenant pays: <see cref="Price"/> times the charged units. For a call that is charged in parts: the price of all units so
    /// far, without what its earlier events charge for this unit.
    /// </summary>
    public required long Charge { get; init; }

    /// <summary>The number of the writer's lease on the tenant's allowance that pays the charge; 0: no lease.</summary>
    public required long Lease { get; init; }

    /// <summary>The id of the event that this one voids, because its answer did not leave.</summary>
    public string? Voids { get; init; }

    /// <summary>
    /// The id of the first event of the same call; null: this is the first event. A call is counted once, by its first event.
    /// </summary>
    public string? Of { get; init; }

    /// <summary>What the units are based on: <see cref="Reported"/> or <see cref="Counted"/>; null: the service's own model.</summary>
    public string? Basis { get; init; }

    /// <summary>What the provider bills the operator, in micro-units of the operator's currency; null: no provider, or unknown.</summary>
    public long? Cost { get; init; }
}
