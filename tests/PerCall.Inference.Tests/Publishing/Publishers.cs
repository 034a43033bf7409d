using Azure.Storage.Blobs;
using PerCall.Inference.Deriving;
using PerCall.Inference.Images;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Tests.Publishing;

internal static class Publishers
{
    public static PackagePublisher For(BlobContainerClient container, PackageLimits? limits = null) => new(
        Verifier(), Deriver(), new BlobPackageWriter(container), limits ?? new PackageLimits());

    public static PackageDeriver Deriver() =>
        new(new ModelLoader(new ModelRegistryOptions()), new ImageClassifier(ImageClassifier.DefaultMaxPixels));

    public static PackageVerifier Verifier() =>
        new(new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));
}
