using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Client.Wire;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Budget;

/// <summary>Registers budgets and included units, and the table <c>limits</c>, which rate limits use too.</summary>
public static class BudgetServices
{
    public static void AddBudget(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(
            LimitsTable.Name, TableBackupRule.LeftOut("rates last a minute, and what is spent is computed again from the journal"));
        builder.EraseRows(LimitsTable.Name, nameof(ErasedTenant.LedgerRows), OpenMonths.OfAccount);
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new LimitsTable(
            Open(s, new() { Retry = { MaxRetries = 2, NetworkTimeout = TimeSpan.FromSeconds(5) } }),
            Open(s, new() { Retry = { MaxRetries = 0, NetworkTimeout = TimeSpan.FromSeconds(10) } }),
            s.GetRequiredService<RestoredTables>()));
        services.AddOptions<LimitsOptions>().BindConfiguration(LimitsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => new OpenMonths(s.GetRequiredService<LimitsTable>(), s.GetRequiredService<TimeProvider>())
        {
            Opened = s.GetRequiredService<UpkeepClock>().Wake,
        });
        services.AddSingleton<LeaseReconciler>();
        services.AddSingleton<Allowances>();
        services.AddSingleton<BudgetHolds>();
        services.AddSingleton<SpentAmounts>();
        builder.EachRound<LeaseSweep>("leases", (sweep, cancellation) => sweep.RunAsync(cancellation));
        services.AddSingleton<LeaseSweep>();
    }

    private static TableClient Open(IServiceProvider services, TableClientOptions options) =>
        StorageServices.CreateTables(services.GetRequiredService<IConfiguration>(), options).GetTableClient(LimitsTable.Name);
}
