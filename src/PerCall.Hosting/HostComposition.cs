using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Http;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting;

/// <summary>Puts the host together.</summary>
internal static class HostComposition
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    public static WebApplicationBuilder CreateWebBuilder(string[] args, ICollection<string> faults)
    {
        var bootstrap = new ConfigurationBuilder()
            .AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables().AddCommandLine(args).Build();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = Assembly.GetEntryAssembly()?.GetName().Name,
            ContentRootPath = bootstrap["contentRoot"] ?? Directory.GetCurrentDirectory(),
            EnvironmentName = bootstrap["AZURE_FUNCTIONS_ENVIRONMENT"] ?? bootstrap["environment"] ?? Environments.Production,
        });
        HostConfiguration.AddSources(builder.Configuration, builder.Environment.ContentRootPath, args, faults);
        builder.Environment.EnvironmentName = builder.Configuration["AZURE_FUNCTIONS_ENVIRONMENT"]
            ?? builder.Configuration["environment"] ?? Environments.Production;

        builder.Logging.AddConfiguration(builder.Configuration.GetSection($"{HostJson.SectionName}:logging"));
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.TryAddSingleton(TimeProvider.System);
        WebServer.Configure(builder);

        builder.Services.AddSingleton<GracePeriod>();
        builder.Services.AddSingleton<FunctionInvoker>();
        builder.Services.AddSingleton<HttpFunctionHandler>();
        builder.Services.AddHostedService<StartSequence>();
        return builder;
    }

    public static IHost Build(
        WebApplicationBuilder builder,
        IList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
        bool servesHttp,
        ICollection<string> faults)
    {
        var hostJson = HostJson.Read(builder.Configuration, builder.Environment.IsDevelopment(), faults);
        var functions = FunctionCatalog.Discover(Assembly.GetEntryAssembly()!.GetExportedTypes(), faults);
        var http = functions
            .Select(f => f.Trigger is HttpTriggerAttribute trigger ? HttpFunction.Create(f, trigger, hostJson.RoutePrefix, faults) : null)
            .OfType<HttpFunction>().ToList();
        if (http.Count > 0 && !servesHttp)
        {
            faults.Add("There are HTTP functions, but Program.cs does not call builder.ConfigureFunctionsWebApplication().");
        }

        builder.Services.AddSingleton(hostJson);
        builder.Services.AddSingleton(new MiddlewareList(middleware));
        builder.Services.AddSingleton(new StartFaults([.. faults]));
        WebServer.UseDefaultAddress(builder);

        var app = builder.Build();
        WebServer.UseLocalCors(app);
        HttpEndpoints.Map(app, http);
        return new FunctionsHost(app, app.Lifetime);
    }
}
