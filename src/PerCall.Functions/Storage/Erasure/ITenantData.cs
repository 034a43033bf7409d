namespace PerCall.Functions.Storage.Erasure;

/// <summary>
/// Defines what happens to tables and containers of a slice when a tenant is erased. Each table and container that the start creates
/// belongs to exactly one implementation. They run in the order of their registration.
/// </summary>
public interface ITenantData
{
    /// <summary>
    /// The tables and containers, as <see cref="TenantDataServices.Table"/> and <see cref="TenantDataServices.Container"/> name them.
    /// </summary>
    IReadOnlyCollection<string> Stores { get; }

    /// <summary>
    /// The member of <see cref="Client.Wire.ErasedTenant"/> that counts the removed items; null when they are not counted.
    /// </summary>
    string? Count => null;

    /// <summary>What data of a tenant is kept, and why; null when nothing is kept.</summary>
    string? Kept => null;

    /// <summary>
    /// How long an operator can still restore what these stores held of a tenant, from the erasure on; zero: not at all.
    /// </summary>
    TimeSpan RecoverableFor => TimeSpan.Zero;

    /// <summary>Removes all data of an account that is not kept. Runs again if an erasure was interrupted.</summary>
    /// <returns>The number of items removed.</returns>
    Task<int> RemoveAsync(string account, CancellationToken cancellationToken);
}
