using Azure.Storage.Blobs;

namespace PerCall.Functions.Storage;

/// <summary>
/// The blob containers of the service, each in the storage account that its slice declares
/// (<see cref="StorageServices.RequireContainer"/>). Slices get no client of a whole account, so none can open a container in the wrong
/// one.
/// </summary>
public sealed class BlobContainers
{
    private readonly Dictionary<string, bool> _kept = new(StringComparer.Ordinal);

    /// <param name="transient">The account of blobs that are removed for good.</param>
    /// <param name="kept">The account of blobs that can be restored. May be the same one.</param>
    /// <param name="required">The declared containers.</param>
    /// <exception cref="ArgumentException">A container is declared in both accounts.</exception>
    public BlobContainers(BlobServiceClient transient, BlobServiceClient kept, IEnumerable<RequiredContainer> required)
    {
        (Transient, Kept) = (transient, kept);
        foreach (var container in required)
        {
            if (!_kept.TryAdd(container.Name, container.Kept) && _kept[container.Name] != container.Kept)
            {
                throw new ArgumentException($"The container '{container.Name}' is declared in both storage accounts.", nameof(required));
            }
        }
    }

    /// <summary>The account of the setting <see cref="StorageServices.Setting"/>.</summary>
    public BlobServiceClient Transient { get; }

    /// <summary>The account of the setting <see cref="StorageServices.KeptSetting"/>, or the other one if that is not set.</summary>
    public BlobServiceClient Kept { get; }

    /// <summary>Whether one account has all containers.</summary>
    public bool AreInOneAccount => Transient.Uri == Kept.Uri;

    /// <summary>Returns a declared container, in its account.</summary>
    /// <exception cref="InvalidOperationException">No slice declares the container.</exception>
    public BlobContainerClient this[string name] => (IsKept(name) ? Kept : Transient).GetBlobContainerClient(name);

    /// <summary>Returns whether a declared container is in the account of blobs that can be restored.</summary>
    /// <inheritdoc cref="this[string]"/>
    public bool IsKept(string name) => _kept.TryGetValue(name, out var kept)
        ? kept
        : throw new InvalidOperationException($"No slice declares the container '{name}' with {nameof(StorageServices.RequireContainer)}.");
}
