using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Credentials;
using PerCall.Functions.Models;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;

namespace PerCall.Functions.LargeModels;

/// <summary>Registers OpenAI's calls on large models.</summary>
public static class LargeModelServices
{
    public static void AddLargeModels(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddLargeModelProviders(builder.Configuration, s => ServiceCredential.From(s.GetRequiredService<IConfiguration>()));
        services.AddSingleton(LargeModelOperations.Call);
        services.AddSingleton<RouteTable>();
        services.AddSingleton(new Redactor());
        services.AddSingleton<BodyRedaction>();
        services.AddSingleton<LargeModelCalls>();
        services.AddSingleton<AudioCalls>();
        services.AddSingleton<StreamedAnswers>();
        services.AddSingleton<IOtherModels, LargeModelList>();
    }
}
