using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Transfers;
using PerCall.Functions.Upkeep;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Batches;

/// <summary>Registers the services for batches: files, uploads, jobs and their processing.</summary>
public static class BatchServices
{
    public static void AddBatches(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        // A batch that was open at the backup may have been charged since, and would be charged again.
        builder.RequireTable(JobTable.Name, TableBackupRule.Rows(JobTable.EndedRows));
        builder.RequireTable(ShardTable.Name, TableBackupRule.LeftOut("only open batches have shards"));
        builder.RequireContainer(InboxPath.Container, kept: false);
        builder.RequireContainer(ResultFiles.Container, kept: false);
        builder.RequireContainer(FileStore.Container, kept: false);
        builder.RequireContainer(WorkFiles.Container, kept: false, ofLostRows: true);
        // Remove jobs before their blobs, so that running steps stop writing blobs. The blobs are found by account, so this does not need
        // the job rows.
        services.AddSingleton<ITenantData, JobErasure>();
        builder.EraseBlobs(InboxPath.Container, nameof(ErasedTenant.Uploads));
        // In a container that belongs to Event Grid, and in which only a rule of the account removes anything.
        builder.KeepOutside("names of uploads in events that Azure could not deliver, for up to ten days");
        builder.EraseBlobs(ResultFiles.Container, nameof(ErasedTenant.Results));
        builder.EraseBlobs(WorkFiles.Container, nameof(ErasedTenant.Results));
        builder.EraseBlobs(FileStore.Container, nameof(ErasedTenant.Files));
        builder.HandleWork<JobStepper>(
            StepMessages.Kind,
            (stepper, message, cancellation) => stepper.StepAsync(StepMessages.Parse(message), cancellation),
            (stepper, message, cancellation) => stepper.GiveUpAsync(StepMessages.Parse(message), message.Reason, cancellation),
            "plan",
            "plan-poison");
        builder.HandleWork(ShardKinds.Computing);
        builder.HandleWork(ShardKinds.Calling);
        builder.EachRound<UploadSweep>("uploads", (sweep, cancellation) => sweep.RunAsync(cancellation));
        builder.EachRound<JobWatch>("batches", (watch, cancellation) => watch.LookAsync(cancellation));
        builder.EachHour<ExpiredJobs>("batches-expiry", (expired, cancellation) => expired.RemoveAsync(cancellation));

        services.AddSingleton<JobTable>();
        services.AddSingleton<IModelUse, ModelsOfJobs>();
        services.AddSingleton<JobCache>();
        services.AddSingleton<JobView>();
        services.AddSingleton<JobOrigins>();
        services.AddSingleton<UploadNotes>();
        services.AddSingleton<SweptInbox>();
        services.AddSingleton<StoredBytes>();
        services.AddSingleton<ShardTable>();
        services.AddSingleton<ShardQueue>();
        services.AddSingleton<ShardSlots>();
        services.AddSingleton<ShardTurns>();
        services.AddSingleton<ShardCuts>();
        services.AddSingleton<ScoringThreads>();
        services.AddSingleton<StepMessages>();
        services.AddSingleton<RowSource>();
        services.AddSingleton<ResultFiles>();
        services.AddSingleton<Settlements>();
        services.AddSingleton<ResultAssembly>();
        services.AddSingleton<WorkFiles>();
        services.AddSingleton<Sampler>();
        services.AddSingleton<JobPlanner>();
        services.AddSingleton<QuoteRows>();
        services.AddSingleton<QuoteTurns>();
        services.AddSingleton<PlanStep>();
        services.AddSingleton<CountStep>();
        services.AddSingleton<ReserveStep>();
        services.AddSingleton<RunStep>();
        services.AddSingleton<FinishStep>();
        services.AddSingleton<EndedJobs>();
        services.AddSingleton<ShardPresence>();
        services.AddHostedService(s => s.GetRequiredService<ShardPresence>());
        services.AddSingleton<FileStore>();
        services.AddSingleton<FileUploads>();
        services.AddSingleton<Quoter>();
        services.AddSingleton<JobIntake>();
        services.AddSingleton<JobBook>();
        services.AddSingleton<JobEvents>();
        services.AddSingleton<LineCounter>();
        services.AddSingleton<LostShards>();
        services.AddSingleton<ShardRunner>();
        services.AddSingleton<BatchReaders>();
        services.AddSingleton<CallModels>();
        services.AddSingleton<CallSlots>();
        services.AddSingleton<CallSender>();
        services.AddSingleton<CallCounter>();
        services.AddSingleton<KeptRows>();
        services.AddSingleton<CallRunner>();
        services.AddSingleton<JobStepper>();
        services.AddSingleton<JobWatch>();
        services.AddHostedService(s => s.GetRequiredService<JobWatch>());
        services.AddSingleton<ExpiredJobs>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<UploadAddresses>();
        services.AddSingleton<UploadSweep>();
        services.AddSingleton<UploadPermits>();
        services.AddSingleton<IUploadTarget>(s => Uploads(s, InboxPath.Container, s.GetRequiredService<Inbox>()));
        services.AddSingleton<IUploadTarget>(s => Uploads(s, FileStore.Container, inbox: null));
    }

    private static TenantUploads Uploads(IServiceProvider services, string container, Inbox? inbox) => new(
        container, inbox, services.GetRequiredService<UploadNotes>(), services.GetRequiredService<UploadPermits>(),
        services.GetRequiredService<StoredBytes>(), services.GetRequiredService<TenantTable>(),
        services.GetRequiredService<ILogger<TenantUploads>>());
}
