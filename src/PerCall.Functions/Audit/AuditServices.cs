using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Audit;

/// <summary>Registers the record of management.</summary>
internal static class AuditServices
{
    public static void AddAudit(this IHostApplicationBuilder builder)
    {
        builder.RequireContainer(AuditLog.Container);
        builder.Services.AddSingleton(s => new AuditLog(
            s.GetRequiredService<BlobServiceClient>().GetBlobContainerClient(AuditLog.Container), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<AuditLog>>()));
    }
}
