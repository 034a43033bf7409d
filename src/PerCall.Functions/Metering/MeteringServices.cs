using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Metering;

internal static class MeteringServices
{
    public static void AddMetering(this IHostApplicationBuilder builder)
    {
    }
}
