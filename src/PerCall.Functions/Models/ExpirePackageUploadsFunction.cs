using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Models;

/// <summary>Packages that were sent into storage and not published are removed after a day.</summary>
public sealed class ExpirePackageUploadsFunction(PackageUploads uploads)
{
    [Function("ExpirePackageUploads")]
    public Task Run([TimerTrigger("0 41 * * * *")] TimerInfo timer, CancellationToken cancellation) => uploads.ExpireAsync(cancellation);
}
