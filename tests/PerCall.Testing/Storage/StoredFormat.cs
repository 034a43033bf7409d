using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using PerCall.Backups;

namespace PerCall.Testing.Storage;

/// <summary>
/// What a service of an older storage format left in its account: <c>tests/cases/formats</c>. One tenant <c>acme</c> had seven calls, a
/// prediction with a webhook, and a batch; the process ended before it had counted two of the calls and had begun a second batch. The
/// tenant <c>gone</c> was erased. Rows are as in a backup (<see cref="RowLine"/>).
/// </summary>
public sealed class StoredFormat(int format)
{
    private readonly JsonElement _content = JsonDocument.Parse(Repository.Case($"formats/{format}.json")).RootElement;

    /// <summary>Puts everything into an account that has none of it.</summary>
    public async Task LoadAsync(string connection, CancellationToken cancellation)
    {
        foreach (var table in _content.GetProperty("tables").EnumerateObject())
        {
            var client = new TableClient(connection, table.Name);
            await client.CreateIfNotExistsAsync(cancellation);
            foreach (var row in table.Value.EnumerateArray())
            {
                await client.UpsertEntityAsync(RowLine.Read(row.GetRawText()), TableUpdateMode.Replace, cancellation);
            }
        }

        var journal = new BlobContainerClient(connection, "usage");
        await journal.CreateIfNotExistsAsync(cancellationToken: cancellation);
        foreach (var blob in _content.GetProperty("journal").EnumerateObject())
        {
            var content = BinaryData.FromString(blob.Value.GetString()!);
            if (!blob.Name.EndsWith(".jsonl", StringComparison.Ordinal))
            {
                await journal.GetBlobClient(blob.Name).UploadAsync(content, cancellation);
                continue;
            }

            var client = journal.GetAppendBlobClient(blob.Name);
            await client.CreateAsync(cancellationToken: cancellation);
            await client.AppendBlockAsync(content.ToStream(), cancellationToken: cancellation);
        }

        foreach (var queue in _content.GetProperty("messages").EnumerateObject())
        {
            var client = new QueueClient(connection, queue.Name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
            await client.CreateIfNotExistsAsync(cancellationToken: cancellation);
            foreach (var message in queue.Value.EnumerateArray())
            {
                await client.SendMessageAsync(message.GetString(), cancellation);
            }
        }
    }
}
