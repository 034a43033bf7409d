using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Audit;

/// <summary>Registers the audit log.</summary>
public static class AuditServices
{
    public static void AddAudit(this IHostApplicationBuilder builder)
    {
        builder.RequireContainer(AuditLog.Container, kept: true);
        builder.KeepContainer(AuditLog.Container, "the record of management, which must stay complete and holds no names");
        builder.Services.AddSingleton(s => new AuditLog(
            s.GetRequiredService<BlobContainers>()[AuditLog.Container], s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<AuditLog>>()));
    }
}
