using System.Security.Cryptography;
using Azure.Storage.Blobs;
using PerCall.Testing;
using PerCall.Testing.Packages;

namespace PerCall.EndToEnd.Publishing;

/// <summary>Packages of the tests of publishing.</summary>
internal static class Packages
{
    /// <summary>The digits under another name, with a sample that cannot be compressed.</summary>
    /// <param name="name">The model.</param>
    /// <param name="noise">The sample's size in bytes.</param>
    public static byte[] Zip(string name, int noise = 0) => Package(name, noise).Zip();

    /// <inheritdoc cref="Zip"/>
    public static PackageBuilder Package(string name, int noise = 0)
    {
        var package = PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("name", name);
        return noise == 0 ? package : package.Add("samples/noise.bin", RandomNumberGenerator.GetBytes(noise));
    }

    /// <summary>The blob of an upload.</summary>
    public static BlobClient BlobOf(Service service, string upload) =>
        new BlobServiceClient(service.Azurite.ConnectionString).GetBlobContainerClient("packages").GetBlobClient($"{upload}.zip");
}
