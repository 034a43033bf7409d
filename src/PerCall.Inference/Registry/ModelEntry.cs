namespace PerCall.Inference.Registry;

/// <summary>
/// One version's place in the registry, from the first call that asks for it: its one loading, however many wait for it, and the count of
/// calls that hold it. A retired entry takes no more calls and frees its session when the last one has let go.
/// </summary>
internal sealed class ModelEntry(StoredPackage package, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _holders;
    private bool _retired;
    private LoadedModel? _model;

    public StoredPackage Package => package;

    /// <summary>Set once, by the registry, before the entry is seen by others.</summary>
    public required Func<ModelEntry, Task<LoadedModel>> Load { private get; init; }

    /// <summary>The single flight.</summary>
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

    /// <summary>When storage was last asked whether the package is still what was loaded.</summary>
    public long LastWatched { get; set; } = time.GetTimestamp();

    /// <summary>ETags of the stored weights at the time of loading.</summary>
    public IReadOnlyDictionary<string, string?> Fingerprints { get; set; } = new Dictionary<string, string?>();

    /// <summary>What storage now says differs from what was loaded; null while nothing does.</summary>
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

    /// <summary>Counts a call in, unless the entry is retired.</summary>
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

    /// <summary>Takes no more calls.</summary>
    /// <param name="onlyIfIdle">Leave an entry alone that a call holds.</param>
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
