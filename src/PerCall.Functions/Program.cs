using System.Globalization;
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

// Numbers and dates are read and written the same way under every system's culture.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

if (HealthProbe.IsAsked(args, out var address))
{
    return await HealthProbe.RunAsync(address);
}

var builder = FunctionsApplication.CreateBuilder(args);
builder.PrepareFirstUse();
builder.ConfigureFunctionsWebApplication();
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

return StartFaults.Run(() => builder.Build().Run());
