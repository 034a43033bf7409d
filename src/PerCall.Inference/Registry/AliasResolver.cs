using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// Resolves a model reference to a version: <c>fashion</c>, <c>fashion/1</c> or <c>fashion/canary</c>. Aliases are cached for seconds and
/// refreshed in the background, so that no call waits for storage while aliases are in use.
/// </summary>
internal sealed partial class AliasResolver(
    IPackageStore store, ModelRegistryOptions options, TimeProvider time, ILogger<AliasResolver> log)
{
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <exception cref="ModelNotFoundException">The model or alias does not exist.</exception>
    public async ValueTask<(string Name, string Version)> ResolveAsync(string reference, CancellationToken cancellation)
    {
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var (name, wanted) = slash < 0 ? (reference, ModelNames.Production) : (reference[..slash], reference[(slash + 1)..]);
        if (!ModelNames.IsName(name) || !(ModelNames.IsVersion(wanted) || ModelNames.IsAlias(wanted)))
        {
            throw new ModelNotFoundException(
                "model_not_found", $"'{Shorten(reference)}' is not a model reference; allowed: name, name/version, name/alias.");
        }

        if (ModelNames.IsVersion(wanted))
        {
            return (name, wanted);
        }

        var aliases = await AliasesAsync(name, cancellation);
        return aliases.TryGetValue(wanted, out var version) ? (name, version) : throw NotFound(name, wanted, aliases);
    }

    public void Forget(string name) => _known.TryRemove(name, out _);

    private static ModelNotFoundException NotFound(string name, string alias, IReadOnlyDictionary<string, string> aliases) =>
        aliases.Count == 0
        ? new("model_not_found", $"Model '{name}' not found. List the models with GET /v1/models.")
        : new(
            "model_not_found",
            $"The model '{name}' has no alias '{alias}'; available: {string.Join(", ", aliases.Keys.Order(StringComparer.Ordinal))}.");

    private static string Shorten(string text) => text.Length <= 100 ? text : string.Concat(text.AsSpan(0, 100), "…");

    private async ValueTask<IReadOnlyDictionary<string, string>> AliasesAsync(string name, CancellationToken cancellation)
    {
        if (!_known.TryGetValue(name, out var known))
        {
            return (await ReadAsync(name, cancellation)).Aliases;
        }

        var age = time.GetElapsedTime(known.Read);
        if (age <= options.AliasAge)
        {
            return known.Aliases;
        }

        if (age <= options.AliasMaxAge)
        {
            _ = RefreshAsync(known, name);
            return known.Aliases;
        }

        await RefreshAsync(known, name);
        return _known.TryGetValue(name, out var refreshed) ? refreshed.Aliases : known.Aliases;
    }

    /// <summary>Refreshes the aliases, once at a time. When storage fails, the cached aliases stay in use.</summary>
    private async Task RefreshAsync(Known known, string name)
    {
        if (Interlocked.Exchange(ref known.Refreshing, 1) == 1)
        {
            return;
        }

        try
        {
            await ReadAsync(name, CancellationToken.None);
        }
        catch (Exception e) when (e is Azure.RequestFailedException or IOException or AggregateException or TaskCanceledException)
        {
            LogKeptAliases(e, name);
        }
        finally
        {
            known.Refreshing = 0;
        }
    }

    private async Task<Known> ReadAsync(string name, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var known = new Known(await store.AliasesAsync(name, cancellation), started);
        // Names that do not exist are not cached: callers could fill the memory with them.
        if (known.Aliases.Count > 0)
        {
            _known[name] = known;
        }
        else
        {
            _known.TryRemove(name, out _);
        }

        return known;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to refresh the aliases of {Model}; keeping the known ones")]
    private partial void LogKeptAliases(Exception exception, string model);

    private sealed class Known(IReadOnlyDictionary<string, string> aliases, long read)
    {
        public int Refreshing;

        public IReadOnlyDictionary<string, string> Aliases => aliases;

        public long Read => read;
    }
}
