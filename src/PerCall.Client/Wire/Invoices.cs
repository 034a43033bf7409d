namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /manage/v1/tenants/{tenant}/invoices/{month}</c>. Amounts are micro-units of the currency.</summary>
public sealed record Invoice
{
    /// <summary>The tenant's id; absent if the tenant was erased.</summary>
    public string? Tenant { get; init; }

    /// <summary>The tenant's name; absent if the tenant was erased.</summary>
    public string? Name { get; init; }

    /// <summary>The account: the pseudonym under which usage is counted.</summary>
    public required string Account { get; init; }

    /// <summary>The month as <c>yyyy-MM</c>, in UTC.</summary>
    public required string Month { get; init; }

    /// <summary><c>final</c> if the month is over and completely counted, otherwise <c>draft</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Time of creation.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Lines for delivered units, by operation, model, unit and price.</summary>
    public required IReadOnlyList<InvoiceLine> Lines { get; init; }

    /// <summary>Credits for included units that were unused although units of the same kind were charged.</summary>
    public required IReadOnlyList<InvoiceCredit> Credits { get; init; }

    /// <summary>One total for each currency. A tenant has one currency.</summary>
    public required IReadOnlyList<InvoiceTotal> Totals { get; init; }

    /// <summary>With <c>verify=true</c>: the result of a recount from the journal.</summary>
    public InvoiceReconciliation? Reconciliation { get; init; }
}

/// <summary>Calls of one kind at one price.</summary>
public sealed record InvoiceLine
{
    /// <summary>For example <c>images.classify</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The unit of the count.</summary>
    public required string Unit { get; init; }

    /// <summary>Micro-units for <see cref="Per"/> units.</summary>
    public required long Price { get; init; }

    /// <summary>The number of units that the price is for.</summary>
    public required long Per { get; init; }

    /// <summary>The currency code (ISO 4217).</summary>
    public required string Currency { get; init; }

    /// <summary>The number of charged responses. A response with several units counts in the line of its first unit.</summary>
    public required long Calls { get; init; }

    /// <summary>Units delivered.</summary>
    public required long Units { get; init; }

    /// <summary>The part of the units that the plan includes.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>The part of the units that are paid for.</summary>
    public required long ChargedUnits { get; init; }

    /// <summary>The sum of the calls' charges. Each call's charge is rounded up to the next micro-unit.</summary>
    public required long Charge { get; init; }

    /// <summary>The charge in the currency, with six decimals.</summary>
    public required string Amount { get; init; }
}

/// <summary>A credit for unused included units.</summary>
/// <param name="Unit">The unit of the count.</param>
/// <param name="Units">The number of units.</param>
/// <param name="Price">The lowest price paid for that unit: micro-units for <paramref name="Per"/> units.</param>
/// <param name="Per">The number of units that the price is for.</param>
/// <param name="Currency">The currency code (ISO 4217).</param>
/// <param name="Credit">The credit in micro-units.</param>
/// <param name="Amount">The credit in the currency, with six decimals.</param>
public sealed record InvoiceCredit(string Unit, long Units, long Price, long Per, string Currency, long Credit, string Amount);

/// <summary>The total in a currency.</summary>
/// <param name="Currency">The currency code (ISO 4217).</param>
/// <param name="Subtotal">The sum of the lines.</param>
/// <param name="Credits">The sum of the credits.</param>
/// <param name="Total">The subtotal minus the credits.</param>
/// <param name="Amount">The total in the currency, with six decimals.</param>
public sealed record InvoiceTotal(string Currency, long Subtotal, long Credits, long Total, string Amount);

/// <summary>The comparison of usage with the journal.</summary>
/// <param name="Journal">The sum of the month's charges in the journal.</param>
/// <param name="Usage">The sum of the lines.</param>
/// <param name="Difference">The difference between the two sums; 0 if they agree.</param>
/// <param name="Differing">
/// The number of usage rows (day, operation, model, key, price) that differ from the journal; 0 if they agree.
/// </param>
public sealed record InvoiceReconciliation(long Journal, long Usage, long Difference, int Differing);
