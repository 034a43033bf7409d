using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Blobs;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Development;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Http;
using PerCall.Hosting.Lifetime;
using PerCall.Hosting.Locks;
using PerCall.Hosting.Queues;
using PerCall.Hosting.Timers;

namespace PerCall.Hosting;

/// <summary>Assembles the host.</summary>
internal static class HostComposition
{
    // For the application's own services, after messages have been returned to their queues.
    private static readonly TimeSpan ShutdownReserve = TimeSpan.FromSeconds(5);

    public static WebApplicationBuilder CreateWebBuilder(string[] args, ICollection<string> faults)
    {
        // Read before the builder is created, because the builder passes its environment name to all services on creation.
        var contentRoot = HostConfiguration.ContentRoot(args);
        var sources = new ConfigurationBuilder();
        HostConfiguration.AddSources(sources, contentRoot, args, faults);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = Assembly.GetEntryAssembly()?.GetName().Name,
            ContentRootPath = contentRoot,
            EnvironmentName = HostConfiguration.EnvironmentName(sources.Build()),
        });
        foreach (var source in sources.Sources)
        {
            builder.Configuration.Sources.Add(source);
        }

        var options = HostingOptions.Read(builder.Configuration, faults);
        if (builder.Environment.IsDevelopment())
        {
            DevelopmentStorageSetting.Apply(builder.Configuration, options);
        }

        AddLogging(builder);
        WebServer.Configure(builder);
        MetricsPage.Add(builder.Services);
        var services = builder.Services;
        services.Configure<HostOptions>(
            host => host.ShutdownTimeout = options.GracePeriod + options.CancellationPeriod + options.GiveBackPeriod + ShutdownReserve);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(HostIdentity.Read(builder.Configuration));
        services.AddSingleton<StorageConnections>();
        services.AddSingleton<HostStorage>();
        services.AddSingleton<DevelopmentStorage>();
        services.AddSingleton<GracePeriod>();
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<ScopedInvoker>();
        services.AddSingleton<HttpFunctionHandler>();
        services.AddSingleton<SingletonLocks>();
        services.AddSingleton<Refunds>();
        services.AddSingleton<MessageProcessor>();
        services.AddSingleton<QueueListeners>();
        services.AddSingleton<BlobQueue>();
        services.AddSingleton<BlobReceipts>();
        services.AddSingleton<ScheduleStatusStore>();
        services.AddSingleton<Listeners>();
        services.AddHostedService<StartSequence>();
        return builder;
    }

    public static IHost Build(
        WebApplicationBuilder builder,
        IList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
        ICollection<string> faults)
    {
        var hostJson = HostJson.Read(builder.Configuration, builder.Environment.IsDevelopment(), faults);
        var descriptors = FunctionCatalog.Discover(Assembly.GetEntryAssembly()!.GetExportedTypes(), faults);
        var functions = TriggeredFunctions.Create(descriptors, builder.Configuration, hostJson, faults);
        if (StorageConnections.FindFault(builder.Configuration, StorageConnections.HostConnection, "the host") is { } fault)
        {
            faults.Add(fault);
        }

        builder.Services.AddSingleton(hostJson);
        builder.Services.AddSingleton(functions);
        builder.Services.AddSingleton(new MiddlewareList(middleware));
        builder.Services.AddSingleton(new StartFaults([.. faults.Distinct()]));
        WebServer.UseDefaultAddress(builder);

        var app = builder.Build();
        WebServer.UseLocalCors(app);
        MetricsPage.Use(app);
        HttpEndpoints.Map(app, functions.Http);
        return new FunctionsHost(app, app.Lifetime);
    }

    private static void AddLogging(WebApplicationBuilder builder)
    {
        var state = new StartState();
        builder.Services.AddSingleton(state);
        builder.Logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Azure", LogLevel.Warning)
            .AddConfiguration(builder.Configuration.GetSection($"{HostJson.SectionName}:logging"))
            .AddConfiguration(builder.Configuration.GetSection("Logging"))
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => state.Started && level >= LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => state.Started && level >= LogLevel.Warning)
            .AddSimpleConsole(console => console.SingleLine = true);
    }
}
