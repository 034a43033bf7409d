using PerCall.Client.Wire;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Keys;

namespace PerCall.Functions.Tenancy.Erasure;

/// <summary>Removes a tenant's keys.</summary>
public sealed class KeyErasure(KeyTable keys, Invalidations invalidations) : ITenantData
{
    public IReadOnlyCollection<string> Stores => [TenantDataServices.Table(KeyTable.Name)];

    public string Count => nameof(ErasedTenant.Keys);

    public async Task<int> RemoveAsync(string account, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var id in await keys.IdsAsync(account, after: null, passOverDead: false, cancellationToken).ToListAsync(cancellationToken))
        {
            await keys.RemoveAsync(account, id);
            invalidations.Key(id);
            count++;
        }

        return count;
    }
}
