using System.Net.Http.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using PerCall.Testing;

namespace PerCall.Bench.Batches.Scale;

/// <summary>Counts of what was asked of an Azurite that counts (<c>count-requests.cjs</c>).</summary>
internal sealed class CountedStorage(string connection)
{
    public static string Script => Path.Combine(Repository.Root, "bench", "PerCall.Bench", "Batches", "Scale", "count-requests.cjs");

    /// <summary>How often each of a batch's operations has been asked for since the storage was started.</summary>
    public async Task<long[]> ReadAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var (blobs, queues) = (new BlobServiceClient(connection).Uri, new QueueServiceClient(connection).Uri);
        var counts = (await http.GetFromJsonAsync<Dictionary<string, long>>(new Uri(blobs, "/counts"), cancellation))!;
        var found = new long[Enum.GetValues<StorageOperation>().Length];
        foreach (var (request, count) in counts)
        {
            var (port, rest) = (
                int.Parse(request.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture),
                request[(request.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            if (Operation(port == blobs.Port ? "blob" : port == queues.Port ? "queue" : "table", rest) is { } operation)
            {
                found[(int)operation] += count;
            }
        }

        return found;
    }

    private static StorageOperation? Operation(string service, string request) => (service, request) switch
    {
        ("blob", "GET files") => StorageOperation.InputRead,
        ("blob", "GET batches") => StorageOperation.CutsRead,
        ("blob", "PUT results block") => StorageOperation.BlockStaged,
        ("queue", "POST shards messages") => StorageOperation.MessageSent,
        ("queue", "GET shards messages") => StorageOperation.MessagesReceived,
        ("queue", "DELETE shards messages") => StorageOperation.MessageDeleted,
        ("table", "POST shards") => StorageOperation.RowInserted,
        ("table", "GET shards") => StorageOperation.RowsRead,
        ("table", "GET jobs") => StorageOperation.JobRead,
        ("table", "PUT jobs" or "PATCH jobs" or "MERGE jobs" or "POST jobs") => StorageOperation.JobWritten,
        _ => null,
    };
}
