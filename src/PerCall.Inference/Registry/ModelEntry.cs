namespace PerCall.Inference.Registry;

/// <summary>
/// One version in the registry, created by the first call for it. It loads once, however many calls wait, and counts the calls that hold
/// it. A retired entry accepts no more calls, and frees its session when the last one has released it.
/// </summary>
internal sealed class ModelEntry(StoredPackage package, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _holders;
    private bool _retired;
    private LoadedModel? _model;

    public StoredPackage Package => package;

    /// <summary>Set once, by the registry, before other threads can see the entry.</summary>
    public required Func<ModelEntry, Task<LoadedModel>> Load { private get; init; }

    /// <summary>The one load that all calls share.</summary>
    public Task<LoadedModel> Loading
    {
        get
        {
            lock (_gate)
            {
                return field ??= Load(this);
            }
        }
    }

    public long LastUsed { get; private set; } = time.GetTimestamp();

    /// <summary>When the stored package was last compared with the loaded one.</summary>
    public long LastWatched { get; set; } = time.GetTimestamp();

    /// <summary>ETags of the stored weights at the time of loading.</summary>
    public IReadOnlyDictionary<string, string?> Fingerprints { get; set; } = new Dictionary<string, string?>();

    /// <summary>How the stored package differs from the loaded one; null when there is no difference.</summary>
    public string? Changed { get; set; }

    public long Bytes => _model?.Bytes ?? 0;

    public bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return _holders == 0 && _model is not null;
            }
        }
    }

    /// <summary>Adds a call, unless the entry is retired.</summary>
    public bool TryHold()
    {
        lock (_gate)
        {
            if (_retired)
            {
                return false;
            }

            _holders++;
            LastUsed = time.GetTimestamp();
            return true;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _holders--;
            LastUsed = time.GetTimestamp();
            DisposeIfDone();
        }
    }

    /// <summary>Stops accepting calls.</summary>
    /// <param name="onlyIfIdle">Leave the entry unchanged if a call holds it.</param>
    /// <returns>Whether the entry is retired now.</returns>
    public bool Retire(bool onlyIfIdle)
    {
        lock (_gate)
        {
            if (onlyIfIdle && _holders > 0)
            {
                return false;
            }

            _retired = true;
            DisposeIfDone();
            return true;
        }
    }

    public void Loaded(LoadedModel model)
    {
        lock (_gate)
        {
            _model = model;
            DisposeIfDone();
        }
    }

    private void DisposeIfDone()
    {
        if (_retired && _holders == 0)
        {
            _model?.Dispose();
            _model = null;
        }
    }
}
