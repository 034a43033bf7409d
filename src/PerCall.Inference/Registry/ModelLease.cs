namespace PerCall.Inference.Registry;

/// <summary>Holds a model in memory while a call uses it. Dispose of it when the call ends.</summary>
public sealed class ModelLease : IDisposable
{
    private ModelEntry? _entry;

    internal ModelLease(ModelEntry entry, LoadedModel model) => (_entry, Model) = (entry, model);

    /// <summary>The model.</summary>
    public LoadedModel Model { get; }

    /// <summary>Lets the model go; it stays loaded until memory is wanted for another.</summary>
    public void Dispose() => Interlocked.Exchange(ref _entry, null)?.Release();
}
