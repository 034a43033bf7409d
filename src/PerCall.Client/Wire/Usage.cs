namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /v1/usage</c> and of <c>GET /manage/v1/usage</c>.</summary>
public sealed record UsageReport
{
    /// <summary>The first day (UTC).</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day.</summary>
    public required DateOnly To { get; init; }

    /// <summary>What lines are kept apart by, beside unit and currency.</summary>
    public required IReadOnlyList<string> GroupBy { get; init; }

    /// <summary>The lines, in the order of what they are kept apart by.</summary>
    public required IReadOnlyList<UsageLine> Data { get; init; }
}

/// <summary>Calls of one unit in one currency.</summary>
public sealed record UsageLine
{
    /// <summary>The tenant's id; its account if it has been erased. Absent: all together.</summary>
    public string? Tenant { get; init; }

    /// <summary>The day (UTC) on which the calls were taken. Absent: all together.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>For example <c>images.classify</c>. Absent: all together.</summary>
    public string? Operation { get; init; }

    /// <summary>The model. Absent: all together.</summary>
    public string? Model { get; init; }

    /// <summary>The key's public id. Absent: all together.</summary>
    public string? Key { get; init; }

    /// <summary>For example <c>image</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Answers that were charged.</summary>
    public required long Calls { get; init; }

    /// <summary>Units delivered.</summary>
    public required long Units { get; init; }

    /// <summary>Of them, those that the plan includes.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>Micro-units of the currency.</summary>
    public required long Charge { get; init; }

    /// <summary>The charge in the currency, with six decimals.</summary>
    public required string Amount { get; init; }
}
