using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Budget;
using PerCall.Functions.Limits;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches;

/// <summary>Registers batches: files, uploads, jobs and the work on them.</summary>
internal static class BatchServices
{
    public static void AddBatches(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.RequireTable(JobTable.Name);
        builder.RequireTable(ShardTable.Name);
        builder.RequireQueue(StepQueue.Name);
        builder.RequireQueue(ShardQueue.Name);
        builder.RequireQueue(ShardQueue.Poison);
        builder.RequireContainer(InboxPath.Container);
        builder.RequireContainer(ResultFiles.Container);
        builder.RequireContainer(FileStore.Container);
        builder.RequireContainer(WorkFiles.Container);
        // Jobs end before their blobs go, so that no step writes more of them. Blobs are found by the account, not by the rows.
        services.AddSingleton<ITenantData, JobErasure>();
        builder.EraseBlobs(InboxPath.Container, nameof(ErasedTenant.Uploads));
        builder.EraseBlobs(ResultFiles.Container, nameof(ErasedTenant.Results));
        builder.EraseBlobs(WorkFiles.Container, nameof(ErasedTenant.Results));
        builder.EraseBlobs(FileStore.Container, nameof(ErasedTenant.Files));
        builder.EveryMinute<UploadSweep>("uploads", (sweep, cancellation) => sweep.RunAsync(cancellation));
        builder.EveryMinute<JobWatch>("batches", (watch, cancellation) => watch.LookAsync(cancellation));

        services.AddSingleton<JobTable>();
        services.AddSingleton<IModelUse, ModelsOfJobs>();
        services.AddSingleton<JobCache>();
        services.AddSingleton<JobView>();
        services.AddSingleton<JobOrigins>();
        services.AddSingleton<UploadNotes>();
        services.AddSingleton<StoredBytes>();
        services.AddSingleton<ShardTable>();
        services.AddSingleton<ShardQueue>();
        services.AddSingleton<ShardSlots>();
        services.AddSingleton<ShardTurns>();
        services.AddSingleton<ShardCuts>();
        services.AddSingleton<ScoringThreads>();
        services.AddSingleton<StepQueue>();
        services.AddSingleton<RowSource>();
        services.AddSingleton<ResultFiles>();
        services.AddSingleton<Settlements>();
        services.AddSingleton<ResultAssembly>();
        services.TryAddSingleton<Addresses>();
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
        services.AddHostedService(s => Get<ShardPresence>(s));
        AddPublic(services);
    }

    /// <summary>What function classes take is public, and made of what is not.</summary>
    private static void AddPublic(IServiceCollection services)
    {
        services.AddSingleton(s => new FileStore(Get<BlobServiceClient>(s), Get<ResultFiles>(s), Get<IOptions<BatchOptions>>(s), Get<TimeProvider>(s)));
        services.AddSingleton(s => new FileUploads(Get<FileStore>(s), Get<StoredBytes>(s)));
        services.AddSingleton(s => new Quoter(
            Get<QuoteRows>(s), Get<QuoteTurns>(s), Get<JobPlanner>(s), Get<Sampler>(s), Get<TaskScorers>(s), Get<FileStore>(s), Get<BudgetHolds>(s)));
        services.AddSingleton(s => new JobIntake(
            Get<JobTable>(s), Get<StepQueue>(s), Get<FileStore>(s), Get<TaskScorers>(s), Get<Quoter>(s), Get<JobOrigins>(s), Get<WebhookOutbox>(s), Get<IOptions<BatchOptions>>(s), Get<TimeProvider>(s)));
        services.AddSingleton(s => new JobBook(Get<JobTable>(s), Get<JobView>(s), Get<StepQueue>(s), Get<ResultFiles>(s), Get<Addresses>(s), Get<IOptions<BatchOptions>>(s), Get<TimeProvider>(s)));
        services.AddSingleton(s => new JobEvents(
            Get<JobTable>(s), Get<JobView>(s), Get<IOptions<BatchOptions>>(s), Get<TimeProvider>(s), Get<IHostApplicationLifetime>(s)));
        services.AddSingleton(s => new LineCounter(Get<JobCache>(s), Get<JobTable>(s), Get<RowSource>(s), Get<ShardTable>(s), Get<ShardPresence>(s)));
        services.AddSingleton(s => new LostShards(Get<ShardQueue>(s), Get<ShardCuts>(s), Get<ShardPresence>(s), Get<TimeProvider>(s), Get<ILogger<LostShards>>(s)));
        services.AddSingleton(s => new ShardRunner(
            Get<JobCache>(s),
            Get<JobTable>(s),
            Get<ShardTable>(s),
            Get<ShardTurns>(s),
            Get<ShardPresence>(s),
            Get<ScoringThreads>(s),
            Get<RowSource>(s),
            Get<ResultFiles>(s),
            Get<TaskScorers>(s),
            Get<ModelRegistry>(s),
            Get<IOptions<BatchOptions>>(s),
            Get<TimeProvider>(s),
            Get<ILogger<ShardRunner>>(s)));
        services.AddSingleton(s => new JobStepper(
            Get<JobTable>(s),
            Get<StepQueue>(s),
            Get<ShardPresence>(s),
            Get<PlanStep>(s),
            Get<CountStep>(s),
            Get<ReserveStep>(s),
            Get<RunStep>(s),
            Get<FinishStep>(s),
            Get<EndedJobs>(s),
            Get<TimeProvider>(s),
            Get<ILogger<JobStepper>>(s)));
        services.AddSingleton(s => new JobWatch(
            Get<JobTable>(s), Get<StepQueue>(s), Get<ShardPresence>(s), Get<EndedJobs>(s), Get<IOptions<BatchOptions>>(s), Get<TimeProvider>(s), Get<ILogger<JobWatch>>(s)));
        services.AddHostedService(s => Get<JobWatch>(s));
        services.AddSingleton(s => new ExpiredJobs(Get<BlobServiceClient>(s), Get<JobTable>(s), Get<ShardTable>(s), Get<JobOrigins>(s), Get<IOptions<BatchOptions>>(s), Get<TimeProvider>(s)));
        services.AddSingleton(s => new Inbox(
            Get<BlobServiceClient>(s),
            Get<UploadNotes>(s),
            Get<StoredBytes>(s),
            Get<JobTable>(s),
            Get<JobIntake>(s),
            Get<TenantTable>(s),
            Get<KeyTable>(s),
            Get<PlanTable>(s),
            Get<LimitedAccounts>(s),
            Get<TaskScorers>(s),
            Get<IOptions<BatchOptions>>(s),
            Get<TimeProvider>(s),
            Get<ILogger<Inbox>>(s)));
        services.AddSingleton(s => new UploadAddresses(
            Get<BlobServiceClient>(s),
            Get<UploadNotes>(s),
            Get<StoredBytes>(s),
            Get<FileStore>(s),
            Get<Addresses>(s),
            Get<TaskScorers>(s),
            Get<WebhookOutbox>(s),
            Get<IOptions<BatchOptions>>(s),
            Get<TimeProvider>(s)));
        services.AddSingleton(s => new UploadSweep(
            Get<BlobServiceClient>(s), Get<Inbox>(s), Get<UploadNotes>(s), Get<StoredBytes>(s), Get<JobTable>(s), Get<TimeProvider>(s), Get<ILogger<UploadSweep>>(s)));
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
