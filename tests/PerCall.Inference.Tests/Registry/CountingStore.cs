using System.Collections.Concurrent;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Tests.Registry;

/// <summary>A real store, with what is asked of it counted and, where a test wants, held up.</summary>
internal sealed class CountingStore(IPackageStore inner) : IPackageStore
{
    public ConcurrentQueue<string> Opened { get; } = [];

    public int AliasReads => _aliasReads;

    private int _aliasReads;

    /// <summary>Every file is opened only once this is done.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Task<IReadOnlyList<StoredPackage>> ListAsync(CancellationToken cancellation) => inner.ListAsync(cancellation);

    public Task<StoredPackage?> FindAsync(string name, string version, CancellationToken cancellation) =>
        inner.FindAsync(name, version, cancellation);

    public Task<IReadOnlyDictionary<string, string>> AliasesAsync(string name, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _aliasReads);
        return inner.AliasesAsync(name, cancellation);
    }

    public async Task<Stream> OpenAsync(StoredPackage package, string file, CancellationToken cancellation)
    {
        Opened.Enqueue($"{package.Manifest}/{file}");
        await Gate;
        return await inner.OpenAsync(package, file, cancellation);
    }

    public Task<string?> FingerprintAsync(StoredPackage package, string file, CancellationToken cancellation) =>
        inner.FingerprintAsync(package, file, cancellation);
}
