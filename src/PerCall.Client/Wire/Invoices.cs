namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /manage/v1/tenants/{tenant}/invoices/{month}</c>. Amounts are micro-units of the currency.</summary>
public sealed record Invoice
{
    /// <summary>The tenant's id; absent if it has been erased.</summary>
    public string? Tenant { get; init; }

    /// <summary>The tenant's name; absent if it has been erased.</summary>
    public string? Name { get; init; }

    /// <summary>The pseudonym under which usage is counted.</summary>
    public required string Account { get; init; }

    /// <summary>As <c>yyyy-MM</c>; days are UTC's.</summary>
    public required string Month { get; init; }

    /// <summary><c>final</c>: the month is over and all of it has been counted; else <c>draft</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>What was delivered, by operation, model, unit and price.</summary>
    public required IReadOnlyList<InvoiceLine> Lines { get; init; }

    /// <summary>Included units that were left although others of the same unit had been charged: they are given back.</summary>
    public required IReadOnlyList<InvoiceCredit> Credits { get; init; }

    /// <summary>One for each currency; a tenant has one.</summary>
    public required IReadOnlyList<InvoiceTotal> Totals { get; init; }

    /// <summary>With <c>verify=true</c>: the same, counted again from the journal.</summary>
    public InvoiceReconciliation? Reconciliation { get; init; }
}

/// <summary>Calls of one kind at one price.</summary>
public sealed record InvoiceLine
{
    /// <summary>For example <c>images.classify</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>What is counted.</summary>
    public required string Unit { get; init; }

    /// <summary>Micro-units for <see cref="Per"/> units.</summary>
    public required long Price { get; init; }

    /// <summary>Units that the price is for.</summary>
    public required long Per { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Answers that were charged.</summary>
    public required long Calls { get; init; }

    /// <summary>Units delivered.</summary>
    public required long Units { get; init; }

    /// <summary>Of them, those that the plan includes.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>Of them, those that are paid for.</summary>
    public required long ChargedUnits { get; init; }

    /// <summary>The sum of the calls' charges, each of which counts its last begun micro-unit whole.</summary>
    public required long Charge { get; init; }

    /// <summary>The charge in the currency, with six decimals.</summary>
    public required string Amount { get; init; }
}

/// <summary>Units given back.</summary>
/// <param name="Unit">What is counted.</param>
/// <param name="Units">How many.</param>
/// <param name="Price">The lowest price paid for that unit: micro-units for <paramref name="Per"/> units.</param>
/// <param name="Per">Units that the price is for.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Credit">Micro-units.</param>
/// <param name="Amount">The credit in the currency, with six decimals.</param>
public sealed record InvoiceCredit(string Unit, long Units, long Price, long Per, string Currency, long Credit, string Amount);

/// <summary>What is to be paid in a currency.</summary>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Subtotal">The sum of the lines.</param>
/// <param name="Credits">The sum of the credits.</param>
/// <param name="Total">Subtotal less credits.</param>
/// <param name="Amount">The total in the currency, with six decimals.</param>
public sealed record InvoiceTotal(string Currency, long Subtotal, long Credits, long Total, string Amount);

/// <summary>Whether usage is what the journal says.</summary>
/// <param name="Journal">The sum of the month's charges in the journal.</param>
/// <param name="Usage">The sum of the lines.</param>
/// <param name="Difference">The one less the other: 0.</param>
/// <param name="Differing">How many rows of usage (day, operation, model, key, price) are other than the journal says: 0.</param>
public sealed record InvoiceReconciliation(long Journal, long Usage, long Difference, int Differing);
