using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using PerCall.Functions;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Health;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Limits;
using PerCall.Functions.Metering;
using PerCall.Functions.Operators;
using PerCall.Functions.Requests;
using PerCall.Functions.Startup;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Tenancy;
using PerCall.Hosting;

// Numbers and dates are read and written the same way under every system's culture.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

if (HealthProbe.IsAsked(args, out var address))
{
    return await HealthProbe.RunAsync(address);
}

return FunctionsHost.HasStarted(args) ? RunAsWorker(args) : RunAlone(args);

// Each in a method of its own, so that a process loads the code of its own host alone.
static int RunAsWorker(string[] args) =>
    Run(FunctionsApplication.CreateBuilder(args).ConfigureFunctionsWebApplication(), builder => builder.Build());

static int RunAlone(string[] args) => Run(LocalFunctionsApplication.CreateBuilder(args), builder => builder.Build());

static int Run<TBuilder>(TBuilder builder, Func<TBuilder, IHost> build)
    where TBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    builder.PrepareFirstUse();
    builder.AddHostJsonLogLevels();

    // Outermost first.
    builder.UseMiddleware<TelemetryMiddleware>();
    builder.UseMiddleware<RequestMiddleware>();
    builder.UseMiddleware<OperatorMiddleware>();
    builder.UseMiddleware<TenancyMiddleware>();
    builder.UseMiddleware<LimitsMiddleware>();
    builder.UseMiddleware<MeteringMiddleware>();
    builder.UseMiddleware<QueryMiddleware>();
    builder.UseMiddleware<IdempotencyMiddleware>();

    builder.AddPerCall();

    return StartFaults.Run(() => build(builder).Run());
}
