using Microsoft.ML.OnnxRuntime;
using PerCall.Bench.Running;
using PerCall.Inference.Registry;

namespace PerCall.Bench.OpenInference;

/// <summary>What a call with tensors cannot do without: the graph's run on a tensor that is in memory.</summary>
internal sealed class BareTensors : IDisposable
{
    public const int Side = 224;

    private readonly LoadedModel _model;
    private readonly OrtValue _tensor;
    private readonly string[] _outputs;

    private BareTensors(LoadedModel model, OrtValue tensor) =>
        (_model, _tensor, _outputs) = (model, tensor, [.. model.Session.OutputNames]);

    /// <summary>Dimensions of one picture.</summary>
    public static long[] Shape { get; } = [1, 3, Side, Side];

    /// <summary>Values as a normalised picture has them: the same in every process.</summary>
    public static float[] Values()
    {
        var random = new Random(20261130);
        return [.. Enumerable.Range(0, 3 * Side * Side).Select(_ => MathF.Round((random.NextSingle() * 4) - 2, 4))];
    }

    /// <param name="threads">Threads that one run may use.</param>
    /// <param name="cancellation">Ends the loading.</param>
    public static async Task<BareTensors> LoadAsync(int threads, CancellationToken cancellation)
    {
        var package = await new FolderPackageStore(BenchFiles.Packages).FindAsync(BenchFiles.Network, "1", cancellation);
        var model = await new ModelLoader(
            new ModelRegistryOptions { Threads = threads }).LoadAsync(package!.Manifest, BenchFiles.NetworkPackage, cancellation);
        return new(model, OrtValue.CreateTensorValueFromMemory(Values(), Shape));
    }

    public void Call()
    {
        using var outputs = _model.Session.Run([_model.Manifest.Inputs[0].Name], [_tensor], _outputs, CancellationToken.None);
    }

    public void Dispose()
    {
        _tensor.Dispose();
        _model.Dispose();
    }
}
