using Azure.Storage.Blobs;
using PerCall.Inference.Images;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Tests.Publishing;

internal static class Publishers
{
    public static PackagePublisher For(BlobContainerClient container, PackageLimits? limits = null) => new(
        new PackageVerifier(
            new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels))),
        new BlobPackageWriter(container),
        limits ?? new PackageLimits());
}
