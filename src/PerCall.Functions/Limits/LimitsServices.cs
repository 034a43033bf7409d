using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Limits;

/// <summary>Registers the plans' limits: requests per minute and concurrent calls.</summary>
public static class LimitsServices
{
    public static void AddLimits(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<LimitedAccounts>();
        services.AddHostedService<LimitsUpkeep>();
    }
}
