using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// The models of an instance. A model is loaded once, on its first call, and stays in memory while there is room. It is never unloaded
/// while a call uses it.
/// </summary>
public sealed partial class ModelRegistry(
    IPackageStore store,
    ModelLoader loader,
    ModelRegistryOptions options,
    TimeProvider time,
    ILoggerFactory logs) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly ILogger _log = logs.CreateLogger<ModelRegistry>();
    private readonly AliasResolver _aliases = new(store, options, time, logs.CreateLogger<AliasResolver>());
    private readonly PackageCache _cache = new(
        options.CacheFolder, options.CacheBytes, time, setting: $"{options.SettingPrefix}{nameof(options.CacheBytes)}");
    private readonly Dictionary<(string Name, string Version), ModelEntry> _entries = [];
    private readonly Lock _gate = new();
    // Models load one at a time: memory is freed for one model at a time, and two loads would only slow each other down.
    private readonly SemaphoreSlim _loadTurn = new(1);
    private long _reserved;

    /// <summary>Acquires a model for a call. Loads it if it is not in memory.</summary>
    /// <param name="reference"><c>name</c> (its production version), <c>name/version</c> or <c>name/alias</c>.</param>
    /// <param name="cancellation">Cancels the wait. Loading continues if other calls wait for it.</param>
    /// <exception cref="ModelNotFoundException">There is no such model, alias or version.</exception>
    /// <exception cref="ModelBusyException">Running models use the memory.</exception>
    /// <exception cref="ModelCorruptException">The stored package differs from the published package.</exception>
    public async ValueTask<ModelLease> AcquireAsync(string reference, CancellationToken cancellation)
    {
        var (name, version) = await _aliases.ResolveAsync(reference, cancellation);
        while (true)
        {
            var entry = Find(name, version) ?? await AddAsync(name, version, cancellation);
            if (!entry.TryHold())
            {
                Remove(entry);
                continue;
            }

            try
            {
                var model = await entry.Loading.WaitAsync(cancellation);
                Watch(entry);
                return new ModelLease(entry, model);
            }
            catch
            {
                entry.Release();
                throw;
            }
        }
    }

    /// <summary>Gets the manifest of the model that a call with this reference would use now. Loads nothing.</summary>
    /// <param name="reference">The reference, as for <see cref="AcquireAsync"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ModelNotFoundException">There is no such model, alias or version.</exception>
    public async ValueTask<ModelManifest> ResolveAsync(string reference, CancellationToken cancellation)
    {
        var (name, version) = await _aliases.ResolveAsync(reference, cancellation);
        return (Find(name, version) ?? await AddAsync(name, version, cancellation)).Package.Manifest;
    }

    /// <summary>Same for a model that must have a task.</summary>
    /// <param name="reference">The reference, as for <see cref="AcquireAsync"/>.</param>
    /// <param name="task">The task that the model must have.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ModelNotFoundException">There is no such model, alias or version, or the model is for another task.</exception>
    public async ValueTask<ModelManifest> ResolveAsync(string reference, ModelTask task, CancellationToken cancellation)
    {
        var manifest = await ResolveAsync(reference, cancellation);
        return manifest.Task == task ? manifest : throw WrongTask.Of(manifest, task);
    }

    /// <summary>Makes room for a model that is loaded outside the registry, to verify it. Idle models are unloaded for it.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="bytes">The size of its weights in bytes.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>Dispose of it when the model is unloaded.</returns>
    /// <exception cref="ModelBusyException">Running models use the memory.</exception>
    internal async Task<IDisposable> ReserveAsync(ModelManifest manifest, long bytes, CancellationToken cancellation)
    {
        await _loadTurn.WaitAsync(cancellation);
        try
        {
            MakeRoom(manifest, bytes);
            Interlocked.Add(ref _reserved, bytes);
            return new Reservation(this, bytes);
        }
        finally
        {
            _loadTurn.Release();
        }
    }

    /// <summary>Discards cached aliases and versions of a model after this instance changed them.</summary>
    public void Refresh(string name)
    {
        _aliases.Forget(name);
        foreach (var entry in Entries().Where(e => e.Package.Manifest.Name == name))
        {
            entry.LastWatched = 0;
        }
    }

    /// <summary>Lists the loaded versions. The value describes changes in storage after loading; it is null if there are none.</summary>
    public IReadOnlyDictionary<string, string?> Loaded() =>
        Entries().Where(e => e.Bytes > 0).ToDictionary(e => e.Package.Manifest.ToString(), e => e.Changed);

    /// <summary>Unloads each model when its calls have ended.</summary>
    public void Dispose()
    {
        foreach (var entry in Entries())
        {
            entry.Retire(onlyIfIdle: false);
        }

        _loadTurn.Dispose();
    }

    private ModelEntry? Find(string name, string version)
    {
        lock (_gate)
        {
            return _entries.GetValueOrDefault((name, version));
        }
    }

    private List<ModelEntry> Entries()
    {
        lock (_gate)
        {
            return [.. _entries.Values];
        }
    }

    private async Task<ModelEntry> AddAsync(string name, string version, CancellationToken cancellation)
    {
        var package = await store.FindAsync(name, version, cancellation)
            ?? throw new ModelNotFoundException(
                "version_not_found", $"The model '{name}' has no version '{version}'. List its versions with GET /v1/models/{name}.");
        lock (_gate)
        {
            if (!_entries.TryGetValue((name, version), out var entry))
            {
                entry = new ModelEntry(package, time) { Load = LoadAsync };
                _entries.Add((name, version), entry);
            }

            return entry;
        }
    }

    private void Remove(ModelEntry entry)
    {
        lock (_gate)
        {
            var key = (entry.Package.Manifest.Name, entry.Package.Manifest.Version);
            if (_entries.GetValueOrDefault(key) == entry)
            {
                _entries.Remove(key);
            }
        }
    }

    private async Task<LoadedModel> LoadAsync(ModelEntry entry)
    {
        // The first caller holds a lock while it starts this.
        await Task.Yield();
        var manifest = entry.Package.Manifest;
        try
        {
            await _loadTurn.WaitAsync();
            try
            {
                var started = time.GetTimestamp();
                // Read before the bytes: any later change in storage then differs from the loaded package.
                var fingerprints = FingerprintsAsync(entry.Package);
                var files = await _cache.FetchAsync(store, entry.Package, CancellationToken.None);
                LoadedModel model;
                try
                {
                    MakeRoom(manifest, PackageFiles.WeightBytes(manifest, files.Folder));
                    entry.Fingerprints = await fingerprints;
                    model = await loader.LoadAsync(manifest, files.Folder, CancellationToken.None);
                }
                catch
                {
                    files.Dispose();
                    throw;
                }

                model.Files = files;
                entry.Loaded(model);
                var elapsed = time.GetElapsedTime(started);
                LogLoaded(manifest.Name, manifest.Version, model.Bytes, elapsed);
                return model;
            }
            finally
            {
                _loadTurn.Release();
            }
        }
        catch (Exception e)
        {
            // The next call tries again instead of getting this failure.
            entry.Retire(onlyIfIdle: false);
            Remove(entry);
            if (e is OnnxRuntimeException)
            {
                throw new ModelCorruptException($"{manifest} cannot be loaded: {e.Message}", e);
            }

            throw;
        }
    }

    private bool IsRoom(long needed) =>
        Entries().Sum(e => e.Bytes) + Interlocked.Read(ref _reserved) + needed <= options.MemoryBudgetBytes;

    private void MakeRoom(ModelManifest manifest, long needed)
    {
        if (needed > options.MemoryBudgetBytes)
        {
            throw new ModelBusyException(
                $"The model {manifest} needs {needed:N0} bytes of memory, but this instance allows at most {options.MemoryBudgetBytes:N0} "
                    + $"for all models ({options.SettingPrefix}{nameof(options.MemoryBudgetBytes)}).",
                RetryAfter);
        }

        foreach (var entry in Entries().Where(e => e.IsIdle).OrderBy(e => e.LastUsed))
        {
            if (IsRoom(needed))
            {
                return;
            }

            if (entry.Retire(onlyIfIdle: true))
            {
                Remove(entry);
                LogEvicted(entry.Package.Manifest.Name, entry.Package.Manifest.Version, manifest);
            }
        }

        if (!IsRoom(needed))
        {
            throw new ModelBusyException($"Not enough memory for {manifest} while other models are running; try again later.", RetryAfter);
        }
    }

    private sealed class Reservation(ModelRegistry registry, long bytes) : IDisposable
    {
        private long _bytes = bytes;

        public void Dispose() => Interlocked.Add(ref registry._reserved, -Interlocked.Exchange(ref _bytes, 0));
    }
}
