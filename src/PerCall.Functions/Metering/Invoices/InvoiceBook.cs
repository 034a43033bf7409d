using PerCall.Client.Wire;
using PerCall.Functions.Budget;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Tenancy.Plans;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Makes invoices. None is stored: usage is, and an invoice is what it says.</summary>
public sealed class InvoiceBook(
    AccountNames names, UsageQuery usage, PlanTable plans, JournalCheck check, BudgetHolds holds, TimeProvider time)
{
    private const string Final = "final";
    private const string Draft = "draft";

    private readonly UsageQuery _usage = usage;

    /// <exception cref="Requests.RefusedException">There is no such tenant, or it is no month.</exception>
    public async Task<Invoice> MakeAsync(string tenantOrAccount, string monthText, bool verify, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var month = InvoiceMonth.Of(monthText, now);
        var account = await names.FindAsync(tenantOrAccount, cancellation);
        var usage = await _usage.ReadAsync(account.Account, month.First, month.Last, cancellation);
        var lines = InvoiceSums.Lines(usage.Rows);
        var credits = InvoiceSums.Credits(lines, await IncludedAsync(usage.Rows, cancellation));
        return new Invoice
        {
            Tenant = account.Tenant?.RowKey,
            Name = account.Tenant?.Name,
            Account = account.Account,
            Month = month.ToString(),
            // Behind the month's last hour comes one more, into which calls that ran over midnight are written; and a batch that was
            // accepted in the month may still be under way.
            Status = string.CompareOrdinal(
                usage.Watermark, month.EndHour) > 0 && !await holds.AreAnyAsync(account.Account, month.First, cancellation) ? Final : Draft,
            MadeAt = now,
            Lines = lines,
            Credits = credits,
            Totals = InvoiceSums.Totals(lines, credits),
            Reconciliation = verify ? await check.CompareAsync(account.Account, month, usage, cancellation) : null,
        };
    }

    /// <summary>Units that the month's plan includes: of several, the one of the last day.</summary>
    private async Task<IReadOnlyDictionary<string, long>> IncludedAsync(
        IReadOnlyDictionary<UsageKey, UsageCounts> rows, CancellationToken cancellation)
    {
        var last = rows.Keys.OrderBy(k => k.Day).ThenBy(k => k.PlanVersion).LastOrDefault();
        var plan = last is null ? null : await plans.FindAsync(last.Plan, cancellation);
        return plan?.Versions.FirstOrDefault(v => v.Version == last!.PlanVersion)?.FreeUnits ?? new Dictionary<string, long>();
    }
}
