using System.Collections.Concurrent;
using PerCall.Client.Wire;
using PerCall.Functions.Metering.RollUp;

namespace PerCall.Functions.Metering.Usage;

/// <summary>Makes reports of usage.</summary>
public sealed class UsageReports
{
    private const int AccountsAtOnce = 8;

    private readonly UsageQuery _query;
    private readonly UsageRollUp _rollUp;
    private readonly UsageTable _table;
    private readonly AccountNames _names;

    internal UsageReports(UsageQuery query, UsageRollUp rollUp, UsageTable table, AccountNames names) => (_query, _rollUp, _table, _names) = (query, rollUp, table, names);

    /// <summary>A tenant's own usage.</summary>
    internal async Task<UsageReport> OfCallerAsync(string tenant, string account, UsagePeriod period, UsageGrouping grouping, CancellationToken cancellation)
    {
        var snapshot = await _query.ReadAsync(account, period.From, period.To, cancellation);
        return Report(period, grouping, snapshot.Rows.Select(r => new TenantUsage(tenant, r.Key, r.Value)));
    }

    /// <summary>Usage of one tenant, or of all. What is new is counted first.</summary>
    /// <param name="tenantOrAccount">Null: all.</param>
    /// <param name="period">Days.</param>
    /// <param name="grouping">What lines are kept apart by.</param>
    /// <param name="cancellation">Ends the work.</param>
    internal async Task<UsageReport> OfTenantsAsync(string? tenantOrAccount, UsagePeriod period, UsageGrouping grouping, CancellationToken cancellation)
    {
        await _rollUp.RunAsync(cancellation);
        var accounts = tenantOrAccount is null ? await _names.AllAsync(cancellation) : [await _names.FindAsync(tenantOrAccount, cancellation)];
        var rows = new ConcurrentBag<TenantUsage>();
        await Parallel.ForEachAsync(accounts, new ParallelOptions { MaxDegreeOfParallelism = AccountsAtOnce, CancellationToken = cancellation }, async (account, cancel) =>
        {
            foreach (var row in await _table.RowsAsync(account.Account, period.From, period.To.AddDays(1), cancel))
            {
                rows.Add(new(account.Shown, UsageKey.Parse(row.RowKey), row.Counts()));
            }
        });
        return Report(period, grouping, rows);
    }

    private static UsageReport Report(UsagePeriod period, UsageGrouping grouping, IEnumerable<TenantUsage> rows) =>
        new() { From = period.From, To = period.To, GroupBy = grouping.By, Data = grouping.Lines(rows) };
}
