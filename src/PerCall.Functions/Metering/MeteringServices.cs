using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Metering.Export;
using PerCall.Functions.Metering.Invoices;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Pricing;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Metering;

/// <summary>Registers charges and everything that is derived from the journal: usage, invoices and exports.</summary>
public static class MeteringServices
{
    public static void AddMetering(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.RequireContainer(ExportContainer.Name, kept: true);
        builder.RequireTable(UsageTable.Name, TableBackupRule.Rebuilt("the roll-up counts all journals again"));
        builder.KeepContainer(ExportContainer.Name, "exports of the journal, which other systems have read");
        builder.KeepTable(UsageTable.Name, "usage totals, from which invoices are made");
        services.AddSingleton(s => new UsageTable(Get<TableServiceClient>(s).GetTableClient(UsageTable.Name)));
        services.AddSingleton<AccountCounter>();
        services.AddSingleton<Operations>();
        services.AddSingleton<Charges>();
        services.AddSingleton<UsageQuery>();
        services.AddSingleton<AccountNames>();
        services.AddSingleton<JournalCheck>();
        services.AddSingleton(s => new ExportContainer(Get<BlobContainers>(s)[ExportContainer.Name]));
        services.AddSingleton<ExportPlanner>();
        builder.EachRound<UsageRollUp>("usage", (rollUp, cancellation) => rollUp.RunAsync(cancellation));
        services.AddSingleton<UsageRollUp>();
        services.AddSingleton<UsageReports>();
        services.AddSingleton<InvoiceBook>();
        services.AddSingleton<UsageExports>();
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
