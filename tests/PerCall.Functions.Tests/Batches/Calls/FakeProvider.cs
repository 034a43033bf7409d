using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.LargeModels;
using PerCall.LargeModels.Providers;

namespace PerCall.Functions.Tests.Batches.Calls;

/// <summary>A provider in the process. It repeats the last message, reports the length of texts as tokens, and records its calls.</summary>
internal sealed class FakeProvider : ILargeModelProvider
{
    private readonly Lock _lock = new();
    private int _running;

    /// <summary>Runs before an answer, with the text of the call; may wait or throw.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Changes an answer.</summary>
    public Action<string, JsonObject> Change { get; set; } = (_, _) => { };

    /// <summary>The texts of all calls that were sent, in order.</summary>
    public ConcurrentQueue<string> Sent { get; } = [];

    /// <summary>The texts of all calls that were answered.</summary>
    public ConcurrentQueue<string> Answered { get; } = [];

    public int Running => _running;

    public int MostRunning { get; private set; }

    /// <summary>The number of calls that were cancelled.</summary>
    public int Cancelled { get; private set; }

    public static string TextOf(JsonObject body) => (string?)(body["messages"]?.AsArray()[^1]!["content"] ?? body["input"]) ?? "";

    /// <summary>The tokens that the provider reports for a text.</summary>
    public static TokenUsage UsageOf(string text) => new((text.Length / 8) + 1, 2, (text.Length % 5) + 1);

    public async Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellation)
    {
        var text = TextOf(request.Body!);
        Sent.Enqueue(text);
        Enter();
        try
        {
            await Before(text, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            Cancelled++;
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }

        Answered.Enqueue(text);
        var answer = request.Endpoint == LargeModelEndpoint.Embeddings ? Embedding(text) : Completion(text);
        Change(text, answer);
        var body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(answer, JsonSerializerOptions.Web));
        return new(request.Route.Deployments[0], "application/json", body, body);
    }

    private static JsonObject Completion(string text)
    {
        var usage = UsageOf(text);
        return new()
        {
            ["id"] = "chatcmpl-1",
            ["object"] = "chat.completion",
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = $"You said: {text}" },
                ["finish_reason"] = "stop",
            }),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = usage.In + usage.CachedIn,
                ["completion_tokens"] = usage.Out,
                ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.CachedIn },
            },
        };
    }

    private static JsonObject Embedding(string text) => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray(new JsonObject { ["index"] = 0, ["embedding"] = new JsonArray(0.5, text.Length) }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 3, ["total_tokens"] = 3 },
    };

    private void Enter()
    {
        lock (_lock)
        {
            _running++;
            MostRunning = Math.Max(MostRunning, _running);
        }
    }
}
