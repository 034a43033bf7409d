using Azure;
using Microsoft.Extensions.Logging;

namespace PerCall.Inference.Registry;

/// <summary>Detects in the background that the package of a loaded model was removed or changed in storage.</summary>
public sealed partial class ModelRegistry
{
    private void Watch(ModelEntry entry)
    {
        if (time.GetElapsedTime(entry.LastWatched) < options.WatchInterval)
        {
            return;
        }

        entry.LastWatched = time.GetTimestamp();
        _ = WatchAsync(entry);
    }

    private async Task WatchAsync(ModelEntry entry)
    {
        var manifest = entry.Package.Manifest;
        try
        {
            var stored = await store.FindAsync(manifest.Name, manifest.Version, CancellationToken.None);
            if (stored?.ETag != entry.Package.ETag)
            {
                entry.Retire(onlyIfIdle: false);
                Remove(entry);
                LogRemoved(manifest.Name, manifest.Version);
                return;
            }

            var now = await FingerprintsAsync(entry.Package);
            var changed = entry.Fingerprints.Where(f => now.GetValueOrDefault(f.Key) != f.Value).Select(f => f.Key).ToArray();
            if (changed.Length > 0 && entry.Changed is null)
            {
                entry.Changed = $"{string.Join(", ", changed)} changed in storage after loading; the loaded model stays in use";
                LogChanged(manifest.Name, manifest.Version, changed);
            }
        }
        catch (Exception e)
            when (e is RequestFailedException or AggregateException or IOException or InferenceException or TaskCanceledException)
        {
            LogNotWatched(e, manifest.Name, manifest.Version);
        }
    }

    private async Task<IReadOnlyDictionary<string, string?>> FingerprintsAsync(StoredPackage package)
    {
        var fingerprints = new Dictionary<string, string?>();
        foreach (var file in PackageFiles.Weights(package.Manifest))
        {
            fingerprints[file] = await store.FingerprintAsync(package, file, CancellationToken.None);
        }

        return fingerprints;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model}/{Version}: {Bytes} bytes in {Elapsed}")]
    private partial void LogLoaded(string model, string version, long bytes, TimeSpan elapsed);

    [LoggerMessage(Level = LogLevel.Information, Message = "Evicted {Model}/{Version} to make room for {For}")]
    private partial void LogEvicted(string model, string version, Packages.ModelManifest @for);

    [LoggerMessage(Level = LogLevel.Information, Message = "Unloaded {Model}/{Version}: it is no longer published")]
    private partial void LogRemoved(string model, string version);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Stored files of {Model}/{Version} changed after loading; the loaded model stays in use: {Files}")]
    private partial void LogChanged(string model, string version, string[] files);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to compare the stored {Model}/{Version} with the loaded one")]
    private partial void LogNotWatched(Exception exception, string model, string version);
}
