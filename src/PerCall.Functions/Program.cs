using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Audit;
using PerCall.Functions.Batches;
using PerCall.Functions.Budget;
using PerCall.Functions.Development;
using PerCall.Functions.Health;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Images;
using PerCall.Functions.Journal;
using PerCall.Functions.Limits;
using PerCall.Functions.Metering;
using PerCall.Functions.Models;
using PerCall.Functions.Operators;
using PerCall.Functions.Predictions;
using PerCall.Functions.Recommend;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Security;
using PerCall.Functions.Startup;
using PerCall.Functions.Storage;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Text;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks;
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

    builder.AddTelemetry();
    builder.AddUpkeep();
    builder.AddRequests();
    builder.AddStorage();
    builder.AddOperators();
    builder.AddAudit();
    builder.AddTenancy();
    builder.AddBudget();
    builder.AddLimits();
    builder.AddJournal();
    builder.AddMetering();
    builder.AddIdempotency();
    builder.AddModels();
    builder.AddWebhooks();
    builder.AddScoring();
    builder.AddPredictions();
    builder.AddImages();
    builder.AddText();
    builder.AddRecommend();
    builder.AddBatches();
    builder.AddApiReference();
    builder.AddSecurity();
    builder.AddReadyLine();

    return StartFaults.Run(() => build(builder).Run());
}
