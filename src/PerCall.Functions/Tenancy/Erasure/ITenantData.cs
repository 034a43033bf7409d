namespace PerCall.Functions.Tenancy.Erasure;

/// <summary>Data that a slice stores for a tenant. The slice registers it, and it is removed when the tenant is erased.</summary>
internal interface ITenantData
{
    /// <summary>What the items are, in lower case and plural: <c>batches</c>.</summary>
    string Name { get; }

    /// <summary>Removes all of it. Runs again when an erasure was interrupted.</summary>
    /// <returns>The number of items removed.</returns>
    Task<int> RemoveAsync(string account, CancellationToken cancellationToken);
}
