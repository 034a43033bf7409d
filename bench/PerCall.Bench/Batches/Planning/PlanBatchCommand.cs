using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Bench.Memory;
using PerCall.Client.Wire;
using PerCall.Functions;
using PerCall.Functions.Audit;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Models;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Inference.Packages;
using PerCall.Testing;

namespace PerCall.Bench.Batches.Planning;

/// <summary>
/// <c>plan-batch</c>: plans files one after another in a process of its own, with the service's own parts. Prints milliseconds and
/// megabytes for each.
/// </summary>
internal static class PlanBatchCommand
{
    public const string Name = "plan-batch";
    public const string Container = "planning";

    private const string Plan = "planning";

    public static Command Create()
    {
        var storage = new Option<string>("--storage") { Required = true };
        var files = new Option<string[]>("--file") { Required = true, AllowMultipleArgumentsPerToken = true };
        var command = new Command(Name, "Plans files; part of batch-planning.") { storage, files };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(storage)!, parsed.GetValue(files)!, cancellation));
        return command;
    }

    private static async Task RunAsync(string storage, string[] files, CancellationToken cancellation)
    {
        using var cache = new TemporaryFolder();
        using var host = await CreateAsync(storage, cache.Path);
        foreach (var file in files)
        {
            var job = await JobAsync(storage, file, cancellation);
            // The model and the code are not the file's.
            await host.Services.GetRequiredService<JobPlanner>().PlanAsync(job, runsRows: true, cancellation);
            var before = ProcessMemory.Settle();
            var started = Stopwatch.GetTimestamp();
            var plan = await host.Services.GetRequiredService<JobPlanner>().PlanAsync(job, runsRows: true, cancellation);
            var planned = Stopwatch.GetElapsedTime(started);
            var peak = ProcessMemory.Peak() - before;
            var counted = await CountAsync(host.Services.GetRequiredService<LineCounter>(), plan, cancellation);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture, $"{planned.TotalMilliseconds:0} {peak:0.0} {plan.Shards} {counted.TotalSeconds:0.00}"));
        }
    }

    private static async Task<TimeSpan> CountAsync(LineCounter counter, JobPlan plan, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        for (var part = 0; part < plan.Counts; part++)
        {
            await counter.CountAsync(plan, part, cancellation);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<IHost> CreateAsync(string storage, string cache)
    {
        var builder = new HostApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = Environments.Production, DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = storage,
            ["PerCall:Models:Starters"] = Repository.Models,
            ["PerCall:Models:CacheFolder"] = cache,
        });
        builder.Logging.ClearProviders();
        builder.AddPerCall();
        builder.RequireContainer(Container, kept: false);
        var host = builder.Build();
        foreach (var service in host.Services.GetServices<IHostedService>().Where(s => s is StorageLayout or StarterModels))
        {
            await service.StartAsync(default);
        }

        await host.Services.GetRequiredService<PlanBook>().PutAsync(
            Plan, new PutPlanRequest { Currency = "EUR", Prices = [new("batch", "*", "batch_row", 1)] }, Actor.Service, default);
        return host;
    }

    private static async Task<Job> JobAsync(string storage, string file, CancellationToken cancellation)
    {
        var blob = new BlobClient(storage, Container, file);
        var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value;
        var now = TimeProvider.System.GetUtcNow();
        return new()
        {
            Id = JobIds.New(now),
            Account = "planning",
            Order = new()
            {
                Tenant = "planning",
                Key = "planning",
                Task = ModelTask.TextClassification,
                Model = "spam",
                Input = new(Container, file, properties.ETag.ToString("H"), properties.ContentLength),
                PlanId = Plan,
                PlanVersion = 1,
            },
            CreatedAt = now,
            ExpiresAt = now.AddDays(1),
            StepDue = now,
        };
    }
}
