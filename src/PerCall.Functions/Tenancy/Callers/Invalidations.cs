using System.Collections.Immutable;

namespace PerCall.Functions.Tenancy.Callers;

/// <summary>Tracks this instance's own changes, so that entries cached before a change are not used again.</summary>
public sealed class Invalidations(TimeProvider time)
{
    /// <summary>Longer than any entry stays in the cache, and longer than any lookup takes.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private ImmutableDictionary<string, (long Number, long At)> _changes = ImmutableDictionary.Create<string,
    (long, long)>(StringComparer.Ordinal);
    private long _number;

    /// <summary>Returns a mark, to take before a read and to pass to <see cref="HaveChanged"/>.</summary>
    public long Mark() => Interlocked.Increment(ref _number);

    public void Key(string id) => Add($"key/{id}");

    public void Tenant(string id) => Add($"tenant/{id}");

    public void Plan(string id) => Add($"plan/{id}");

    /// <summary>Whether any of the three changed after the mark.</summary>
    public bool HaveChanged(long mark, string key, string? tenant, string? plan)
    {
        var changes = _changes;
        return !changes.IsEmpty && (
            Changed($"key/{key}") || (tenant is not null && Changed($"tenant/{tenant}")) || (plan is not null && Changed($"plan/{plan}")));

        bool Changed(string what) => changes.TryGetValue(what, out var change) && change.Number > mark;
    }

    private void Add(string what)
    {
        var change = (Number: Mark(), At: time.GetTimestamp());
        ImmutableInterlocked.Update(
            ref _changes, changes =>
                changes.RemoveRange(changes.Where(c => time.GetElapsedTime(c.Value.At) > Kept).Select(c => c.Key)).SetItem(what, change));
    }
}
