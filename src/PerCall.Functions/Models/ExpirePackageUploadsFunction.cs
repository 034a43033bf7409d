using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Models;

/// <summary>Removes packages that were uploaded to storage but not published within a day.</summary>
public sealed class ExpirePackageUploadsFunction(PackageUploads uploads)
{
    [Function("ExpirePackageUploads")]
    public Task Run([TimerTrigger("0 41 * * * *")] TimerInfo timer, CancellationToken cancellation) => uploads.ExpireAsync(cancellation);
}
