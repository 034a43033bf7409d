namespace PerCall.Client.Wire;

/// <summary>The body of <c>PUT /manage/v1/plans/{id}</c>: a version of the plan. Amounts are micro-units of the currency.</summary>
public sealed record PutPlanRequest
{
    /// <summary>ISO 4217; the same for all versions of a plan.</summary>
    public string? Currency { get; init; }

    /// <summary>When it takes hold; at once where it is left out.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>Requests in any 60 seconds; any number where it is left out.</summary>
    public long? RequestsPerMinute { get; init; }

    /// <summary>Calls that run at once on one instance; any number where it is left out.</summary>
    public long? ConcurrentCalls { get; init; }

    /// <summary>What a calendar month (UTC) may cost; any amount where it is left out.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>Units that each calendar month (UTC) includes, by unit.</summary>
    public IReadOnlyDictionary<string, long>? FreeUnits { get; init; }

    /// <summary>Prices; of those that fit a call the most particular counts.</summary>
    public IReadOnlyList<PlanPrice?>? Prices { get; init; }
}

/// <summary>What units of an operation on a model cost.</summary>
/// <param name="Operation">For example <c>images.classify</c>; <c>*</c> for all.</param>
/// <param name="Model">A model's name; <c>*</c> for all.</param>
/// <param name="Unit">For example <c>image</c>.</param>
/// <param name="Price">Micro-units of the currency for <paramref name="Per"/> units.</param>
/// <param name="Per">Units that the price is for; 1 where it is left out.</param>
public sealed record PlanPrice(string? Operation, string? Model, string? Unit, long? Price, long? Per = null);

/// <summary>One version of a plan; it never changes.</summary>
public sealed record PlanVersion
{
    /// <summary>From 1.</summary>
    public required int Version { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>When it takes hold, until another version does.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Requests in any 60 seconds; absent: any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Calls that run at once on one instance; absent: any number.</summary>
    public int? ConcurrentCalls { get; init; }

    /// <summary>What a calendar month (UTC) may cost; absent: any amount.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>Units that each calendar month (UTC) includes, by unit.</summary>
    public required IReadOnlyDictionary<string, long> FreeUnits { get; init; }

    /// <summary>Prices; of those that fit a call the most particular counts.</summary>
    public required IReadOnlyList<PlanPrice> Prices { get; init; }
}

/// <summary>A plan with all its versions.</summary>
/// <param name="Id">The plan's id.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="InEffect">The version that holds now.</param>
/// <param name="Versions">All versions, oldest first.</param>
public sealed record Plan(string Id, string Currency, int InEffect, IReadOnlyList<PlanVersion> Versions);

/// <summary>All plans, by id.</summary>
/// <param name="Data">Each with the version that holds now.</param>
public sealed record PlanList(IReadOnlyList<PlanSummary> Data);

/// <summary>A plan, in short.</summary>
/// <param name="Id">The plan's id.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="InEffect">The version that holds now.</param>
/// <param name="Versions">How many versions there are.</param>
public sealed record PlanSummary(string Id, string Currency, int InEffect, int Versions);
