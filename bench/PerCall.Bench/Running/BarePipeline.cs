using PerCall.Inference.Images;
using PerCall.Inference.Registry;

namespace PerCall.Bench.Running;

/// <summary>What a call cannot do without: the service's own decode and run, with no HTTP, queue or lease around them.</summary>
internal sealed class BarePipeline : IDisposable
{
    private const int TopK = 5;

    private readonly ImageClassifier _classifier = new(ImageClassifier.DefaultMaxPixels);
    private readonly LoadedModel _model;
    private readonly byte[] _image;

    private BarePipeline(LoadedModel model, byte[] image) => (_model, _image) = (model, image);

    /// <param name="threads">Threads that one run may use; of the process's first pipeline, for all.</param>
    /// <param name="cancellation">Ends the loading.</param>
    public static async Task<BarePipeline> LoadAsync(int threads, CancellationToken cancellation)
    {
        var package = await new FolderPackageStore(BenchFiles.Packages).FindAsync(BenchFiles.Network, "1", cancellation);
        var model = await new ModelLoader(
            new ModelRegistryOptions { Threads = threads }).LoadAsync(package!.Manifest, BenchFiles.NetworkPackage, cancellation);
        return new(model, await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation));
    }

    public ImageClassification Call() => _classifier.Classify(_model, _image, TopK, CancellationToken.None);

    public void Dispose() => _model.Dispose();
}
