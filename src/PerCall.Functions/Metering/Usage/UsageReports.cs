using System.Collections.Concurrent;
using PerCall.Client.Wire;
using PerCall.Functions.Metering.RollUp;

namespace PerCall.Functions.Metering.Usage;

/// <summary>Makes usage reports.</summary>
public sealed class UsageReports(UsageQuery query, UsageRollUp rollUp, UsageTable table, AccountNames names)
{
    private const int AccountsAtOnce = 8;

    /// <summary>Returns a tenant's own usage.</summary>
    public async Task<UsageReport> OfCallerAsync(
        string tenant, string account, UsagePeriod period, UsageGrouping grouping, CancellationToken cancellation)
    {
        var snapshot = await query.ReadAsync(account, period.From, period.To, cancellation);
        return Report(period, grouping, snapshot.Rows.Select(r => new TenantUsage(tenant, r.Key, r.Value)));
    }

    /// <summary>Returns the usage of one tenant or of all tenants. Counts new events first.</summary>
    /// <param name="tenantOrAccount">A tenant's id or an account; null: all tenants.</param>
    /// <param name="period">The days of the report.</param>
    /// <param name="grouping">How lines are grouped.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public async Task<UsageReport> OfTenantsAsync(
        string? tenantOrAccount, UsagePeriod period, UsageGrouping grouping, CancellationToken cancellation)
    {
        await rollUp.RunAsync(cancellation);
        var accounts = tenantOrAccount is null ? await names
            .AllAsync(cancellation) : [await names.FindAsync(tenantOrAccount, cancellation)];
        var rows = new ConcurrentBag<TenantUsage>();
        await Parallel.ForEachAsync(accounts,
            new ParallelOptions { MaxDegreeOfParallelism = AccountsAtOnce, CancellationToken = cancellation }, async (account, cancel) =>
        {
            foreach (var row in await table.RowsAsync(account.Account, period.From, period.To.AddDays(1), cancel))
            {
                rows.Add(new(account.Shown, UsageKey.Parse(row.RowKey), row.Counts()));
            }
        });
        return Report(period, grouping, rows);
    }

    private static UsageReport Report(UsagePeriod period, UsageGrouping grouping, IEnumerable<TenantUsage> rows) =>
        new() { From = period.From, To = period.To, GroupBy = grouping.By, Data = grouping.Lines(rows) };
}
