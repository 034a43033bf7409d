using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>
/// Tests that hold work in its middle, or kill instances. The work of other tests would wait behind it, so these run one after another, on
/// a storage of their own.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Disturbances : ICollectionFixture<DisturbedService>
{
    public const string Name = "disturbances";
}

/// <summary>The service of <see cref="Disturbances"/>.</summary>
public sealed class DisturbedService : Service
{
    // Of one tenant, so many that one instance cannot run them all.
    protected override IEnumerable<(string Name, string? Value)> Settings => [("PerCall__Predictions__AtOncePerTenant", "24")];
}

/// <summary>Holds work by the requests to storage that it cannot do without.</summary>
internal static class Holds
{
    /// <summary>Holds a tenant's batches when a few shards are done: the results of all other shards are kept from storage.</summary>
    /// <param name="azurite">The batches' storage.</param>
    /// <param name="account">The tenant's account.</param>
    /// <param name="shards">How many shards go through.</param>
    public static Task<StorageGate> HoldBatchesAsync(this AzuriteFixture azurite, string account, int shards) =>
        azurite.HoldAsync("PUT", $"/results/{account}/[^?]*/output[.]jsonl[?].*comp=block&", shards);

    /// <summary>Holds one shard of a tenant's batches whenever its results are stored.</summary>
    /// <param name="azurite">The batches' storage.</param>
    /// <param name="account">The tenant's account.</param>
    /// <param name="shard">The shard's number, 0 to 999,999.</param>
    public static Task<StorageGate> HoldShardAsync(this AzuriteFixture azurite, string account, int shard)
    {
        // A block's name begins with the number in six digits, which are eight characters in base64.
        var name = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{shard:000000}"));
        return azurite.HoldAsync("PUT", $"/results/{account}/[^?]*/output[.]jsonl[?].*comp=block&blockid={name}");
    }

    /// <summary>Holds an account's predictions when they have been claimed, at the reading of their input.</summary>
    /// <param name="azurite">The predictions' storage.</param>
    /// <param name="account">The account.</param>
    /// <param name="pass">How many go through first.</param>
    public static Task<StorageGate> HoldPredictionsAsync(this AzuriteFixture azurite, string account, int pass) =>
        azurite.HoldAsync("GET", $"/predictions/{account}/[^?]*/input-", pass);

    /// <summary>Pauses the queue of work: no prediction is received, and nothing else but shards.</summary>
    /// <param name="azurite">The predictions' storage.</param>
    public static Task<StorageGate> PausePredictionsAsync(this AzuriteFixture azurite) => azurite.HoldAsync("GET", "/work/messages");

    /// <summary>Holds an account's calls with an Idempotency-Key when they have been worked on, before their answer is kept.</summary>
    /// <param name="azurite">The calls' storage.</param>
    /// <param name="account">The account.</param>
    public static Task<StorageGate> HoldAnswersAsync(this AzuriteFixture azurite, string account) =>
        azurite.HoldAsync("PUT", $"/idempotency[(]PartitionKey='{account}'");
}
