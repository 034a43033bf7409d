namespace PerCall.Client.Wire;

/// <summary>The body of <c>PUT /manage/v1/plans/{id}</c>: a version of the plan. Amounts are micro-units of the currency.</summary>
public sealed record PutPlanRequest
{
    /// <summary>The currency code (ISO 4217). All versions of a plan have the same currency.</summary>
    public string? Currency { get; init; }

    /// <summary>When the version takes effect; at once if omitted.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>Maximum number of requests in any 60 seconds; unlimited if omitted.</summary>
    public long? RequestsPerMinute { get; init; }

    /// <summary>Maximum number of large models' tokens, prompts and output, in any 60 seconds; unlimited if omitted.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Maximum number of concurrent calls on one instance; unlimited if omitted.</summary>
    public long? ConcurrentCalls { get; init; }

    /// <summary>Maximum output tokens of one call on a large model, over all its choices; the model's maximum if omitted.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>Whether personal data is redacted in calls on large models before it leaves the service; <c>false</c> if omitted.</summary>
    public bool? Redact { get; init; }

    /// <summary>Budget for a calendar month (UTC); unlimited if omitted.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>Units that each calendar month (UTC) includes, by unit.</summary>
    public IReadOnlyDictionary<string, long>? FreeUnits { get; init; }

    /// <summary>Prices. The most specific price that matches a call applies.</summary>
    public IReadOnlyList<PlanPrice?>? Prices { get; init; }
}

/// <summary>The price of an operation on a model.</summary>
/// <param name="Operation">For example <c>images.classify</c>; <c>*</c> matches all.</param>
/// <param name="Model">A model's name; <c>*</c> matches all.</param>
/// <param name="Unit">For example <c>image</c>.</param>
/// <param name="Price">Micro-units of the currency for <paramref name="Per"/> units.</param>
/// <param name="Per">The number of units that the price is for; 1 if omitted.</param>
public sealed record PlanPrice(string? Operation, string? Model, string? Unit, long? Price, long? Per = null);

/// <summary>A version of a plan. Versions never change.</summary>
public sealed record PlanVersion
{
    /// <summary>The version number, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The currency code (ISO 4217).</summary>
    public required string Currency { get; init; }

    /// <summary>When the version takes effect. It applies until a later version takes effect.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>Time of creation.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Maximum number of requests in any 60 seconds; absent if unlimited.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Maximum number of large models' tokens, prompts and output, in any 60 seconds; absent if unlimited.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Maximum number of concurrent calls on one instance; absent if unlimited.</summary>
    public int? ConcurrentCalls { get; init; }

    /// <summary>Maximum output tokens of one call on a large model, over all its choices; absent if the model's maximum.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Whether personal data is redacted in calls on large models before it leaves the service.</summary>
    public bool Redact { get; init; }

    /// <summary>Budget for a calendar month (UTC); absent if unlimited.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>Units that each calendar month (UTC) includes, by unit.</summary>
    public required IReadOnlyDictionary<string, long> FreeUnits { get; init; }

    /// <summary>Prices. The most specific price that matches a call applies.</summary>
    public required IReadOnlyList<PlanPrice> Prices { get; init; }
}

/// <summary>A plan with all its versions.</summary>
/// <param name="Id">The plan's id.</param>
/// <param name="Currency">The currency code (ISO 4217).</param>
/// <param name="InEffect">The version in effect.</param>
/// <param name="Versions">All versions, oldest first.</param>
public sealed record Plan(string Id, string Currency, int InEffect, IReadOnlyList<PlanVersion> Versions);

/// <summary>All plans, ordered by id.</summary>
/// <param name="Data">The plans, each with the version in effect.</param>
public sealed record PlanList(IReadOnlyList<PlanSummary> Data);

/// <summary>A summary of a plan.</summary>
/// <param name="Id">The plan's id.</param>
/// <param name="Currency">The currency code (ISO 4217).</param>
/// <param name="InEffect">The version in effect.</param>
/// <param name="Versions">The number of versions.</param>
public sealed record PlanSummary(string Id, string Currency, int InEffect, int Versions);
