using System.Net.Http.Headers;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client;
using PerCall.Samples.Approval;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddOptions<ApprovalOptions>().BindConfiguration(ApprovalOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddHttpClient<PerCallClient>((services, http) =>
{
    var options = services.GetRequiredService<IOptions<ApprovalOptions>>().Value;
    http.BaseAddress = options.Service;
    http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Key);
});
builder.Build().Run();
