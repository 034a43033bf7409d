using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using PerCall.Backups;

namespace PerCall.Testing.Storage;

/// <summary>
/// What a service that was killed left in its account: <c>tests/cases/formats</c> has a file for each storage format. Rows are as in a
/// backup (<see cref="RowLine"/>). The end-to-end tests write the file of the current format (<c>FormatWriter</c>), which says what the
/// service had done until then.
/// </summary>
public sealed class StoredFormat
{
    private const int MostPeeked = 32;

    private const string Tag = "etag";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _content;

    private StoredFormat(JsonObject content) => _content = content;

    /// <summary>Reads the file of a format.</summary>
    public static StoredFormat Open(int format) => new(JsonNode.Parse(Repository.Case($"formats/{format}.json"))!.AsObject());

    /// <summary>When the service was killed.</summary>
    public DateTimeOffset Killed => (DateTimeOffset)_content["killed"]!;

    /// <summary>Ids that the service gave, by names that are the same in each format.</summary>
    public string Id(string name) => (string)_content["ids"]![name]!;

    /// <summary>The messages of a queue.</summary>
    public IEnumerable<string> Messages(string queue) => (_content["messages"]![queue]?.AsArray() ?? []).Select(m => (string)m!);

    /// <summary>The blobs of a container, as text.</summary>
    public IEnumerable<(string Name, string Text)> Texts(string container) =>
        (_content["blobs"]![container]?.AsObject() ?? []).Where(b => b.Value!["text"] is not null)
            .Select(b => (b.Key, (string)b.Value!["text"]!));

    /// <summary>Puts everything into an account that has none of it.</summary>
    public async Task LoadAsync(string connection, CancellationToken cancellation)
    {
        var tags = await LoadBlobsAsync(new BlobServiceClient(connection), cancellation);
        foreach (var (table, rows) in _content["tables"]!.AsObject())
        {
            var client = new TableClient(connection, table);
            await client.CreateIfNotExistsAsync(cancellation);
            foreach (var row in rows!.AsArray())
            {
                // Jobs name the version of their file.
                var line = tags.Aggregate(row!.ToJsonString(), (l, tag) => l.Replace(tag.Old, tag.New, StringComparison.Ordinal));
                await client.UpsertEntityAsync(RowLine.Read(line), TableUpdateMode.Replace, cancellation);
            }
        }

        foreach (var (queue, messages) in _content["messages"]!.AsObject())
        {
            var client = Queue(connection, queue);
            await client.CreateIfNotExistsAsync(cancellationToken: cancellation);
            foreach (var message in messages!.AsArray())
            {
                await client.SendMessageAsync((string)message!, cancellation);
            }
        }
    }

    /// <summary>Takes what an account has. No process may use it.</summary>
    /// <param name="connection">The account.</param>
    /// <param name="ids">Ids that the service gave, by name.</param>
    /// <param name="containers">The containers whose blobs are taken.</param>
    /// <param name="cancellation">Stops the requests.</param>
    public static async Task<StoredFormat> SaveAsync(
        string connection, IReadOnlyDictionary<string, string> ids, IReadOnlyList<string> containers, CancellationToken cancellation)
    {
        var killed = TimeProvider.System.GetUtcNow();
        var (tables, blobs, messages) = (new JsonObject(), new JsonObject(), new JsonObject());
        await foreach (var table in new TableServiceClient(connection).QueryAsync(cancellationToken: cancellation))
        {
            var rows = new JsonArray();
            await foreach (var row in new TableClient(connection, table.Name).QueryAsync<TableEntity>(cancellationToken: cancellation))
            {
                var line = new System.Buffers.ArrayBufferWriter<byte>();
                RowLine.Write(line, row);
                rows.Add(JsonNode.Parse(line.WrittenSpan));
            }

            tables[table.Name] = rows;
        }

        foreach (var name in containers)
        {
            blobs[name] = await SaveBlobsAsync(new BlobContainerClient(connection, name), cancellation);
        }

        await foreach (var queue in new QueueServiceClient(connection).GetQueuesAsync(cancellationToken: cancellation))
        {
            var client = Queue(connection, queue.Name);
            // What the killed process had received, and what is due later, can be seen after a while.
            var seen = await Eventually.ComesToAsync(
                async () => (
                    (await client.GetPropertiesAsync(cancellation)).Value.ApproximateMessagesCount,
                    Texts: string.Join(
                        '\n', (await client.PeekMessagesAsync(MostPeeked, cancellation)).Value.Select(m => m.Body.ToString()).Order())),
                q => q.Texts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == q.ApproximateMessagesCount,
                $"all messages of {queue.Name} are visible");
            messages[queue.Name] = new JsonArray(
                [.. seen.Texts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(t => JsonValue.Create(t))]);
        }

        return new(new()
        {
            ["killed"] = killed,
            ["ids"] = new JsonObject([.. ids.Select(i => KeyValuePair.Create(i.Key, (JsonNode?)i.Value))]),
            ["tables"] = tables,
            ["blobs"] = blobs,
            ["messages"] = messages,
        });
    }

    /// <summary>Replaces a column of a row.</summary>
    public void Replace(string table, Func<string, bool> row, string column, JsonNode value)
    {
        foreach (var found in _content["tables"]![table]!.AsArray().Where(r => row((string)r!["key"]![1]!)))
        {
            found!["values"]![column] = value.DeepClone();
        }
    }

    /// <summary>Writes the file of a format.</summary>
    public void Write(int format) => File.WriteAllText(
        Path.Combine(Repository.Root, "tests", "cases", "formats", $"{format}.json"), _content.ToJsonString(Readable) + "\n");

    private async Task<List<(string Old, string New)>> LoadBlobsAsync(BlobServiceClient account, CancellationToken cancellation)
    {
        List<(string, string)> tags = [];
        foreach (var (name, blobs) in _content["blobs"]!.AsObject())
        {
            var container = account.GetBlobContainerClient(name);
            await container.CreateIfNotExistsAsync(cancellationToken: cancellation);
            foreach (var (path, blob) in blobs!.AsObject())
            {
                var content = (string?)blob!["text"] is { } text
                    ? BinaryData.FromString(text) : BinaryData.FromBytes(Convert.FromBase64String((string)blob["base64"]!));
                if ((bool?)blob["append"] == true)
                {
                    var client = container.GetAppendBlobClient(path);
                    await client.CreateAsync(cancellationToken: cancellation);
                    await client.AppendBlockAsync(content.ToStream(), cancellationToken: cancellation);
                    continue;
                }

                var metadata = blob["metadata"]!.AsObject().ToDictionary(m => m.Key, m => (string)m.Value!);
                var stored = await container.GetBlobClient(path).UploadAsync(
                    content, new BlobUploadOptions { Metadata = metadata }, cancellation);
                tags.Add(((string)blob[Tag]!, TextOf(stored.Value.ETag)));
            }
        }

        return tags;
    }

    private static async Task<JsonObject> SaveBlobsAsync(BlobContainerClient container, CancellationToken cancellation)
    {
        var blobs = new JsonObject();
        await foreach (var blob in container.GetBlobsAsync(new() { Traits = BlobTraits.Metadata }, cancellation))
        {
            var content = (await container.GetBlobClient(blob.Name).DownloadContentAsync(cancellation)).Value.Content.ToArray();
            var saved = new JsonObject();
            if (Encoding.UTF8.GetString(content) is var text && Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(content))
            {
                saved["text"] = text;
            }
            else
            {
                saved["base64"] = Convert.ToBase64String(content);
            }

            if (blob.Properties.BlobType == BlobType.Append)
            {
                saved["append"] = true;
            }
            else
            {
                saved[Tag] = TextOf(blob.Properties.ETag!.Value);
                saved["metadata"] = new JsonObject([.. blob.Metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))]);
            }

            blobs[blob.Name] = saved;
        }

        return blobs;
    }

    /// <summary>Without quotes, which storage gives in one answer and not in another.</summary>
    private static string TextOf(ETag tag) => tag.ToString("G").Trim('"');

    private static QueueClient Queue(string connection, string name) =>
        new(connection, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
}
