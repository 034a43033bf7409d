using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Models;
using PerCall.Functions.Operators;
using PerCall.Functions.Startup;
using PerCall.Functions.Tenancy.Demo;

namespace PerCall.Functions.Development;

/// <summary>In development, prints a line when the service is ready, with a working example call to paste.</summary>
public sealed class ReadyLine(
    IHostApplicationLifetime lifetime, IHostEnvironment environment, IConfiguration configuration, OperatorKey key,
    DemoKey demo) : IHostedService
{
    // The built-in host sets it.
    private const string AddressSetting = "WEBSITE_HOSTNAME";
    private const string Sample = "models/fashion/1/samples/ankle-boot.png";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A Functions host prints the addresses itself.
        if (environment.IsDevelopment() && !FunctionsHost.IsThere(configuration))
        {
            lifetime.ApplicationStarted.Register(Write);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Write()
    {
        var address = $"http://{configuration[AddressSetting] ?? "localhost:7071"}";
        Console.WriteLine();
        Console.WriteLine($"PerCall is ready at {address} (API reference: {address}/docs)");
        if (key.Generated is { } generated)
        {
            Console.WriteLine($"Operator's key (generated for this run): {generated}");
        }

        if (demo.Text is { } tenant)
        {
            Console.WriteLine("Key of the tenant 'demo':");
            Console.WriteLine($"  export {DemoKey.Setting}={tenant}");
        }

        if (RepositoryFolder.Find(environment.ContentRootPath, Sample) is { } image)
        {
            Console.WriteLine("Try:");
            var header = demo.Text is { } text ? $"-H \"x-api-key: {text}\" " : "";
            Console.WriteLine(
                $"  curl {header}-H 'content-type: image/png' --data-binary '@{image}' '{address}/v1/images/classify?model=fashion'");
        }

        Console.WriteLine();
    }
}

/// <summary>Registers the ready line.</summary>
public static class ReadyLineServices
{
    public static void AddReadyLine(this IHostApplicationBuilder builder) => builder.Services.AddHostedService<ReadyLine>();
}
