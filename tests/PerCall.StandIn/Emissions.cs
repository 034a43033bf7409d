using System.Collections.Concurrent;

namespace PerCall.StandIn;

/// <summary>What the stand-in did with one call that has an id in its script. A call that was tried again has several.</summary>
public sealed class Emission
{
    private readonly TimeProvider _time = TimeProvider.System;
    private long _out;
    private bool _cut;

    internal Emission(string id, string path, string deployment)
    {
        (Id, Path, Deployment) = (id, path, deployment);
        Began = _time.GetUtcNow();
    }

    /// <summary>The script's id.</summary>
    public string Id { get; }

    public string Path { get; }

    public string Deployment { get; }

    public DateTimeOffset Began { get; }

    /// <summary>The status; 0 while there is none.</summary>
    public int Status { get; internal set; }

    /// <summary>Tokens of the prompt, those from the cache included, as the provider counts them.</summary>
    public long In { get; internal set; }

    public long CachedIn { get; internal set; }

    /// <summary>Output tokens that were written, over all choices. Counted before they are written.</summary>
    public long Out => Interlocked.Read(ref _out);

    /// <summary>Whether the answer was written to its end.</summary>
    public bool Complete { get; internal set; }

    /// <summary>When the client closed the connection before the answer's end; null: it did not.</summary>
    public DateTimeOffset? ClosedAt { get; private set; }

    /// <summary>Whether the provider bills the call: it does when it has written a token or a whole answer, whoever has left.</summary>
    public bool Billed => Status == 200 && (Complete || Out > 0);

    internal void Add(long tokens) => Interlocked.Add(ref _out, tokens);

    /// <summary>The provider itself cuts the connection, so that what follows is not the client's doing.</summary>
    internal void Cut() => _cut = true;

    internal void Close()
    {
        if (!Complete && !_cut)
        {
            ClosedAt ??= _time.GetUtcNow();
        }
    }
}

/// <summary>The calls that had an id in their script.</summary>
public sealed class Emissions
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Emission>> _byId = new(StringComparer.Ordinal);
    private long _calls;
    private long _running;

    /// <summary>All calls, with or without an id.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Calls whose answer has not ended.</summary>
    public long Running => Interlocked.Read(ref _running);

    public IEnumerable<Emission> All => _byId.Values.SelectMany(e => e);

    /// <summary>The attempts with an id, in the order of their arrival; empty: there was none.</summary>
    public IReadOnlyList<Emission> Of(string id) => _byId.TryGetValue(id, out var emissions) ? [.. emissions] : [];

    public void Clear() => _byId.Clear();

    internal void Begin()
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _running);
    }

    internal void End() => Interlocked.Decrement(ref _running);

    internal Emission Record(string? id, string path, string deployment)
    {
        var emission = new Emission(id ?? "", path, deployment);
        if (id is not null)
        {
            _byId.GetOrAdd(id, _ => new()).Enqueue(emission);
        }

        return emission;
    }
}
