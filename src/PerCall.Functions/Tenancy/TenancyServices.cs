using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Tenancy;

internal static class TenancyServices
{
    public static void AddTenancy(this IHostApplicationBuilder builder)
    {
    }
}
