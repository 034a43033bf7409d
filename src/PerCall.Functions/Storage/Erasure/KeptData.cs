namespace PerCall.Functions.Storage.Erasure;

/// <summary>Data that an erasure does not change.</summary>
/// <param name="store">The table or container; null when Azure fills it, and not the service.</param>
/// <param name="kept">What data of a tenant it contains, and why it is kept; null when it contains no tenant's data.</param>
/// <param name="recoverableFor">How long it may contain copies of removed data; zero: it has none.</param>
public sealed class KeptData(string? store, string? kept, TimeSpan recoverableFor) : ITenantData
{
    public IReadOnlyCollection<string> Stores => store is null ? [] : [store];

    public string? Kept => kept;

    public TimeSpan RecoverableFor => recoverableFor;

    public Task<int> RemoveAsync(string account, CancellationToken cancellationToken) => Task.FromResult(0);
}
