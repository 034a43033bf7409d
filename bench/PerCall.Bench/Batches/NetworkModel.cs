using System.IO.Compression;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary>Publishes the network for photographs beside the models that come with the service.</summary>
internal static class NetworkModel
{
    public static async Task PublishAsync(ServiceProcess service, TemporaryFolder folder, CancellationToken cancellation)
    {
        var zip = folder.File("network.zip");
        await ZipFile.CreateFromDirectoryAsync(BenchFiles.NetworkPackage, zip, cancellation);
        await using var package = File.OpenRead(zip);
        await PerCallClient.Connect(service.Address, ServiceBed.OperatorKey).PublishModelAsync(package, cancellation);
    }
}
