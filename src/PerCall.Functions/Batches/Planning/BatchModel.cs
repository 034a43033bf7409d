using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Planning;

/// <summary>The model that runs on the rows of a batch. It stays loaded until this object is disposed.</summary>
/// <param name="reference">The model's name as given in the call or in the first row.</param>
/// <param name="lease">The lease that keeps the model loaded.</param>
public sealed class BatchModel(string reference, ModelLease lease) : IDisposable
{
    public LoadedModel Model => lease.Model;

    public ModelManifest Manifest => lease.Model.Manifest;

    /// <summary>
    /// Returns the names by which rows may refer to the model in addition to its bare name: the reference, for example an alias, and the
    /// name with the version.
    /// </summary>
    public IReadOnlyList<string> OtherNames => [reference, Manifest.ToString()];

    public void Dispose() => lease.Dispose();
}
