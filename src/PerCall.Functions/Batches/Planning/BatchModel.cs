using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Planning;

/// <summary>The model that runs on the rows of a batch, held until it is disposed of.</summary>
/// <param name="reference">As the call or the first row names it.</param>
/// <param name="lease">Holds the model.</param>
public sealed class BatchModel(string reference, ModelLease lease) : IDisposable
{
    public LoadedModel Model => lease.Model;

    public ModelManifest Manifest => lease.Model.Manifest;

    /// <summary>What rows may call it, besides its bare name: the reference, an alias perhaps, and its name with the version.</summary>
    public IReadOnlyList<string> OtherNames => [reference, Manifest.ToString()];

    public void Dispose() => lease.Dispose();
}
