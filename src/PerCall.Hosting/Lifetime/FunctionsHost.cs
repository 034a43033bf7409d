using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Hosting.Lifetime;

/// <summary>The application's host. It reports startup errors as sentences on standard error, with exit code 1.</summary>
internal sealed class FunctionsHost(IHost inner, IHostApplicationLifetime lifetime) : IHost, IAsyncDisposable
{
    private bool _starting;

    public IServiceProvider Services => inner.Services;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            // Runs before any service that needs a setting is created: such a service would report only its own setting.
            inner.Services.GetService<IStartupValidator>()?.Validate();
            // A service that cannot be created indicates invalid settings, and a host without its services cannot be stopped.
            _ = inner.Services.GetServices<IHostedService>().Count();
            _starting = true;
            await inner.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A stop was requested before the start completed.
        }
        catch (StartException e)
        {
            Fail(e.Faults);
        }
        catch (OptionsValidationException e)
        {
            Fail([.. e.Failures]);
        }
        catch (AggregateException e) when (e.InnerExceptions.All(i => i is OptionsValidationException))
        {
            Fail([.. e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(i => i.Failures)]);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            Fail([e.Message.TrimEnd('.') + ". Choose another with --urls."]);
        }
        catch (SocketException e)
        {
            Fail([$"The service cannot listen: {e.Message}."]);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken = default) =>
        _starting ? inner.StopAsync(cancellationToken) : Task.CompletedTask;

    public void Dispose() => inner.Dispose();

    public ValueTask DisposeAsync() => inner is IAsyncDisposable disposable ? disposable.DisposeAsync() : ValueTask.CompletedTask;

    // Run() then waits for the stop and returns at once; the process ends with the exit code.
    private void Fail(IReadOnlyCollection<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"error: {fault}");
        }

        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }
}
