using PerCall.Inference.Outputs;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;
using PerCall.Testing;

namespace PerCall.Bench.Text;

/// <summary>What a call for texts cannot do without: tokenizer and graph, in a plain loop.</summary>
internal sealed class BareTexts : IDisposable
{
    private readonly LoadedModel _model;
    private readonly string[] _texts;
    private int _next;

    private BareTexts(LoadedModel model, string[] texts) => (_model, _texts) = (model, texts);

    public static async Task<BareTexts> LoadAsync(string model, CancellationToken cancellation)
    {
        var folder = Path.Combine(Repository.Models, model, "1");
        var package = await new FolderPackageStore(Repository.Models).FindAsync(model, "1", cancellation);
        var loaded = await new ModelLoader(new ModelRegistryOptions { Threads = 1 }).LoadAsync(package!.Manifest, folder, cancellation);
        return new(loaded, BenchTexts.Read(model));
    }

    /// <summary>The next texts of the file, tokenized, filled up to the longest and run as one batch: what is written first.</summary>
    public void Padded(int count)
    {
        var encoded = Next(count).Select(t => _model.Text!.Encode(t)).ToList();
        var tensors = TextTensors.Of(_model.Manifest, _model.Text!, encoded);
        var scores = new float[count * _model.Labels.Count];
        using var outputs = _model.Session.Run(tensors, CancellationToken.None);
        TensorReader.CopyTo(outputs[0], 0, scores);
        Array.ForEach(tensors, t => t.Dispose());
    }

    /// <summary>The same by the service's own classifier: runs of similar length, and labels.</summary>
    public void Batched(int count) =>
        TextClassifier.Classify(_model, [.. Next(count)], topK: 5, CancellationToken.None);

    public void Dispose() => _model.Dispose();

    private IEnumerable<string> Next(int count)
    {
        var from = Interlocked.Add(ref _next, count) - count;
        return Enumerable.Range(from, count).Select(i => _texts[i % _texts.Length]);
    }
}
