using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.Export;
using PerCall.Functions.Metering.Invoices;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Metering;

/// <summary>Registers charges, and all that is made of the journal.</summary>
internal static class MeteringServices
{
    public static void AddMetering(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.RequireContainer(ExportContainer.Name);
        builder.RequireTable(UsageTable.Name);
        builder.KeepContainer(ExportContainer.Name, "exports of the journal, which other systems have read");
        builder.KeepTable(UsageTable.Name, "usage totals, from which invoices are made");
        services.AddSingleton(s => new UsageTable(Get<TableServiceClient>(s).GetTableClient(UsageTable.Name)));
        services.AddSingleton(s => new AccountCounter(Get<UsageTable>(s)));
        services.AddSingleton<Charges>();
        services.AddSingleton<UsageQuery>();
        services.AddSingleton<AccountNames>();
        services.AddSingleton<JournalCheck>();
        services.AddSingleton(s => new ExportContainer(Get<BlobServiceClient>(s).GetBlobContainerClient(ExportContainer.Name)));
        services.AddSingleton<ExportPlanner>();
        // Public to the function classes, made of what is not.
        builder.EveryMinute<UsageRollUp>("usage", (rollUp, cancellation) => rollUp.RunAsync(cancellation));
        services.AddSingleton(s => new UsageRollUp(Get<JournalReader>(s), Get<JournalFence>(s), Get<JournalHours>(s), Get<UsageTable>(s), Get<AccountCounter>(s), Get<TimeProvider>(s)));
        services.AddSingleton(s => new UsageReports(Get<UsageQuery>(s), Get<UsageRollUp>(s), Get<UsageTable>(s), Get<AccountNames>(s)));
        services.AddSingleton(s => new InvoiceBook(Get<AccountNames>(s), Get<UsageQuery>(s), Get<PlanTable>(s), Get<JournalCheck>(s), Get<BudgetHolds>(s), Get<TimeProvider>(s)));
        services.AddSingleton(s => new UsageExports(Get<ExportContainer>(s), Get<ExportPlanner>(s), Get<JournalReader>(s), Get<AccountNames>(s)));
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
