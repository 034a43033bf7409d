using PerCall.Bench.Running;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;

namespace PerCall.Bench.Predict;

/// <summary>What a call for a vector cannot do without: tokenizer, graph and pooling, in a plain loop.</summary>
internal sealed class BareEncoder : IDisposable
{
    private readonly LoadedModel _model;
    private readonly string[] _texts;
    private int _next;

    private BareEncoder(LoadedModel model, string[] texts) => (_model, _texts) = (model, texts);

    /// <param name="texts">The texts, one a call.</param>
    /// <param name="cancellation">Ends the loading.</param>
    public static async Task<BareEncoder> LoadAsync(string[] texts, CancellationToken cancellation)
    {
        var root = BenchFiles.Encoders;
        var package = await new FolderPackageStore(root).FindAsync(BenchFiles.Encoder, "1", cancellation);
        var model = await new ModelLoader(new ModelRegistryOptions { Threads = 1, JoinCalls = false }).LoadAsync(
            package!.Manifest, Path.Combine(root, BenchFiles.Encoder, "1"), cancellation);
        return new(model, texts);
    }

    public void Call() =>
        ModelRunner.Run(
            _model, [new Passage(_texts[Interlocked.Increment(ref _next) % _texts.Length])], new CallOptions(), CancellationToken.None);

    public void Dispose() => _model.Dispose();
}
