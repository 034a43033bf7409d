using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Limits;

internal static class LimitsServices
{
    public static void AddLimits(this IHostApplicationBuilder builder)
    {
    }
}
