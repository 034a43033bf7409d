using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Configuration;

/// <summary>The container for the host's leases, receipts, schedules and refunds.</summary>
internal sealed class HostStorage(StorageConnections connections, HostIdentity identity, HostingOptions options)
{
    public const string ContainerName = "azure-webjobs-hosts";

    // Created on first use, so that an invalid setting is reported before. All data in it is small, so the timeout is that of queues. The
    // client's default is 100 seconds.
    private readonly Lazy<BlobContainerClient> _container = new(() => connections
        .Blobs(StorageConnections.HostConnection, new BlobClientOptions { Retry = { NetworkTimeout = options.AnswerTimeout } })
        .GetBlobContainerClient(ContainerName));

    public BlobContainerClient Container => _container.Value;

    public string HostId => identity.Id;

    /// <summary>Creates the container. This verifies at startup that the account responds and grants access.</summary>
    /// <exception cref="StartException">The account denies access, or does not respond in time.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var clientOptions = new BlobClientOptions
        {
            Retry =
                { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(250), NetworkTimeout = TimeSpan.FromSeconds(4), Mode = RetryMode.Fixed },
        };
        var container = connections.Blobs(StorageConnections.HostConnection, clientOptions).GetBlobContainerClient(ContainerName);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(options.StartTimeout);
        try
        {
            await container.MakeAsync(bounded.Token);
        }
        catch (RequestFailedException e) when (e.Status != 0)
        {
            throw Fault($"denies access to the application: {e.Status} {e.ErrorCode}");
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or CredentialUnavailableException or
            AuthenticationFailedException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Fault(e is OperationCanceledException ? $"did not respond within {options.StartTimeout.TotalSeconds:0} seconds"
                : $"is unavailable: {StorageFault.Reason(e)}");
        }

        StartException Fault(string what) =>
            new(
                $"The storage account of setting '{StorageConnections.HostConnection}' "
                    + $"({container.Uri.GetLeftPart(UriPartial.Authority)}) {what}.");
    }
}
