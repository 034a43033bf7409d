using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Orders batches and waits for them.</summary>
internal static class BatchCalls
{
    public const string Images = "/v1/images/classify";
    public const string Text = "/v1/text/classify";
    public const string Recommend = "/v1/recommend";
    public const string Chat = "/v1/chat/completions";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A line of a file of calls on the large model <c>mini</c>.</summary>
    public static string ChatRow(string id, string content) => JsonSerializer.Serialize(new
    {
        custom_id = id,
        method = "POST",
        url = Chat,
        body = new { model = "mini", max_tokens = 50, messages = new[] { new { role = "user", content } } },
    });

    public static Task<StoredFile> SendAsync(this PerCallClient client, string name, string content) =>
        client.SendAsync(name, Encoding.UTF8.GetBytes(content));

    public static Task<StoredFile> SendAsync(this PerCallClient client, string name, byte[] content) =>
        client.CreateFileAsync(new MemoryStream(content), name, Cancellation);

    /// <summary>Sends a file, orders its batch, and waits for its end.</summary>
    public static async Task<Batch> RunAsync(this PerCallClient client, string name, byte[] content, string endpoint, string? model)
    {
        var file = await client.SendAsync(name, content);
        var batch = await client.CreateBatchAsync(new() { InputFileId = file.Id, Endpoint = endpoint, Model = model }, Cancellation);
        return await client.EndAsync(batch.Id);
    }

    public static Task<Batch> RunAsync(this PerCallClient client, string name, string content, string endpoint, string? model) =>
        client.RunAsync(name, Encoding.UTF8.GetBytes(content), endpoint, model);

    /// <summary>Waits until a batch has ended.</summary>
    public static async Task<Batch> EndAsync(this PerCallClient client, string id, params ServiceProcess[] services)
    {
        Batch? batch = null;
        await Eventually.ComesToAsync(
            async () =>
            {
                batch = await client.GetBatchAsync(id, Cancellation);
                return (batch.Status, batch.RequestCounts, batch.Progress?.ShardsDone, batch.Progress?.Running);
            },
            state => state.Status is "completed" or "failed" or "expired" or "cancelled",
            $"{id} ends",
            services);
        return batch!;
    }

    /// <summary>A file of results, a JSON object a line.</summary>
    public static async Task<List<JsonNode>> RowsAsync(this PerCallClient client, string? file) =>
        [.. (await client.TextAsync(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];

    public static async Task<string> TextAsync(this PerCallClient client, string? file)
    {
        if (file is null)
        {
            return "";
        }

        using var reader = new StreamReader(await client.OpenFileAsync(file, Cancellation));
        return await reader.ReadToEndAsync(Cancellation);
    }
}
