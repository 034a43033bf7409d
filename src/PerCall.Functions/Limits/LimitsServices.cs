using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Limits;

/// <summary>Registers the plans' limits: requests and tokens per minute, and concurrent calls.</summary>
public static class LimitsServices
{
    public static void AddLimits(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<LimitedAccounts>();
        services.AddSingleton<TokenLimits>();
        services.AddHostedService<LimitsUpkeep>();
    }
}
