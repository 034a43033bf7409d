using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.ApiReference;

/// <summary>Registers the API's description.</summary>
public static class ApiReferenceServices
{
    public static void AddApiReference(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ApiDocument>();
}
