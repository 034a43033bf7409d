namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /v1/usage</c> and of <c>GET /manage/v1/usage</c>.</summary>
public sealed record UsageReport
{
    /// <summary>The first day (UTC).</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day (UTC), inclusive.</summary>
    public required DateOnly To { get; init; }

    /// <summary>The grouping of the lines, in addition to unit and currency.</summary>
    public required IReadOnlyList<string> GroupBy { get; init; }

    /// <summary>The lines, ordered by the grouping.</summary>
    public required IReadOnlyList<UsageLine> Data { get; init; }
}

/// <summary>Calls of one unit in one currency.</summary>
public sealed record UsageLine
{
    /// <summary>The tenant's id; the account if the tenant was erased. Absent if not grouped by tenant.</summary>
    public string? Tenant { get; init; }

    /// <summary>The day (UTC) of the calls. Absent if not grouped by day.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>The operation, for example <c>images.classify</c>. Absent if not grouped by operation.</summary>
    public string? Operation { get; init; }

    /// <summary>The model. Absent if not grouped by model.</summary>
    public string? Model { get; init; }

    /// <summary>The key's public id. Absent if not grouped by key.</summary>
    public string? Key { get; init; }

    /// <summary>The unit, for example <c>image</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>The currency code (ISO 4217).</summary>
    public required string Currency { get; init; }

    /// <summary>The number of charged responses. A response with several units counts in the line of its first unit.</summary>
    public required long Calls { get; init; }

    /// <summary>Units delivered.</summary>
    public required long Units { get; init; }

    /// <summary>The part of the units that the plan includes.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>The charge in micro-units of the currency.</summary>
    public required long Charge { get; init; }

    /// <summary>The charge in the currency, with six decimals.</summary>
    public required string Amount { get; init; }
}
