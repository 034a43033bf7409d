namespace PerCall.Inference.Registry;

/// <summary>Keeps a model in memory while a call uses it. Dispose of the lease when the call ends.</summary>
public sealed class ModelLease : IDisposable
{
    private ModelEntry? _entry;

    internal ModelLease(ModelEntry entry, LoadedModel model) => (_entry, Model) = (entry, model);

    /// <summary>The model.</summary>
    public LoadedModel Model { get; }

    /// <summary>Releases the model. It stays loaded until another model needs the memory.</summary>
    public void Dispose() => Interlocked.Exchange(ref _entry, null)?.Release();
}
