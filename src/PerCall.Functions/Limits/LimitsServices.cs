using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Limits.Budget;
using PerCall.Functions.Storage;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Limits;

/// <summary>Registers what plans limit.</summary>
internal static class LimitsServices
{
    public static void AddLimits(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(LimitsTable.Name);
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new LimitsTable(
            Open(s, new() { Retry = { MaxRetries = 2, NetworkTimeout = TimeSpan.FromSeconds(5) } }),
            Open(s, new() { Retry = { MaxRetries = 0, NetworkTimeout = TimeSpan.FromSeconds(10) } })));
        services.AddSingleton<LimitedAccounts>();
        services.AddOptions<LimitsOptions>().BindConfiguration(LimitsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<OpenMonths>();
        services.AddSingleton<LeaseReconciler>();
        services.AddSingleton<Allowances>();
        services.AddSingleton<BudgetHolds>();
        builder.EveryMinute<LeaseSweep>("leases", (sweep, cancellation) => sweep.RunAsync(cancellation));
        services.AddSingleton(s => new LeaseSweep(s.GetRequiredService<OpenMonths>(), s.GetRequiredService<LeaseReconciler>()));
        services.AddHostedService<LimitsUpkeep>();
    }

    private static TableClient Open(IServiceProvider services, TableClientOptions options) =>
        StorageServices.CreateTables(services.GetRequiredService<IConfiguration>(), options).GetTableClient(LimitsTable.Name);
}
