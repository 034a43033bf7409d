using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Limits.Budget;
using PerCall.Functions.Storage;

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
            s.GetRequiredService<TableServiceClient>().GetTableClient(LimitsTable.Name),
            StorageServices.CreateTables(s.GetRequiredService<IConfiguration>(), new() { Retry = { MaxRetries = 0 } }).GetTableClient(LimitsTable.Name)));
        services.AddSingleton<LimitedAccounts>();
        services.AddOptions<LimitsOptions>().BindConfiguration(LimitsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<OpenMonths>();
        services.AddSingleton<LeaseReconciler>();
        services.AddSingleton<Allowances>();
        services.AddSingleton(s => new LeaseSweep(s.GetRequiredService<OpenMonths>(), s.GetRequiredService<LeaseReconciler>()));
        services.AddHostedService<LimitsUpkeep>();
    }
}
