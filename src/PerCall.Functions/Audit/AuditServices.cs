using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Audit;

internal static class AuditServices
{
    public static void AddAudit(this IHostApplicationBuilder builder)
    {
    }
}
