using PerCall.Client.Wire;
using PerCall.Functions.Budget;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Tenancy.Plans;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Makes invoices from the stored usage. Invoices themselves are not stored.</summary>
public sealed class InvoiceBook(
    AccountNames names, UsageQuery usage, PlanTable plans, JournalCheck check, BudgetHolds holds, TimeProvider time)
{
    private const string Final = "final";
    private const string Draft = "draft";

    private readonly UsageQuery _usage = usage;

    /// <exception cref="Requests.RefusedException">
    /// 404: the tenant or account does not exist, or the month has not begun. 400: the text is not a month.
    /// </exception>
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
            // Calls that ran over midnight are written in the hour after the month's end. A batch that was accepted in the month may still
            // be running.
            Status = string.CompareOrdinal(
                usage.Watermark, month.EndHour) > 0 && !await holds.AreAnyAsync(account.Account, month.First, cancellation) ? Final : Draft,
            MadeAt = now,
            Lines = lines,
            Credits = credits,
            Totals = InvoiceSums.Totals(lines, credits),
            Reconciliation = verify ? await check.CompareAsync(account.Account, month, usage, cancellation) : null,
        };
    }

    /// <summary>Returns the units that the month's plan includes; with several plans, those of the last day's plan.</summary>
    private async Task<IReadOnlyDictionary<string, long>> IncludedAsync(
        IReadOnlyDictionary<UsageKey, UsageCounts> rows, CancellationToken cancellation)
    {
        var last = rows.Keys.OrderBy(k => k.Day).ThenBy(k => k.PlanVersion).LastOrDefault();
        var plan = last is null ? null : await plans.FindAsync(last.Plan, cancellation);
        return plan?.Versions.FirstOrDefault(v => v.Version == last!.PlanVersion)?.FreeUnits ?? new Dictionary<string, long>();
    }
}
