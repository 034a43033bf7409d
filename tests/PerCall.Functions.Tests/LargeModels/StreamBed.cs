using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Metering;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Tests.LargeModels;

/// <summary>One stream: a provider that the test writes to, and a caller whose reads the test sees.</summary>
internal sealed class StreamBed : IDisposable
{
    public const long Prompt = 20;

    private static readonly Deployment Deployment = new()
    {
        Name = "gpt/0",
        Kind = DeploymentKind.OpenAi,
        Endpoint = new("http://127.0.0.1:1/v1"),
        Target = "gpt-target",
        Prices = new(1_000_000, 500_000, 2_000_000, 0),
    };

    private readonly Pipe _provider = new(new(pauseWriterThreshold: 64 << 10, useSynchronizationContext: false));
    private readonly DefaultHttpContext _http = new();
    private readonly CancellationTokenSource _caller = new();
    private readonly MeteredCall _metered;
    private readonly LargeModelCall _call;

    /// <param name="metered">A call that has reserved.</param>
    /// <param name="redaction">The redacted values; null: none.</param>
    /// <param name="choices">Choices of the answer.</param>
    /// <param name="jsonText">Whether the caller asked for JSON.</param>
    public StreamBed(MeteredCall metered, RedactionMap? redaction = null, int choices = 1, bool jsonText = false)
    {
        _metered = metered;
        _http.Response.Body = Received;
        _http.RequestAborted = _caller.Token;
        var route = new LargeModelRoute
        {
            Model = "gpt",
            Deployments = [Deployment],
            Endpoints = [LargeModelEndpoint.ChatCompletions],
            Tokenizer = TokenizerKind.O200kBase,
            ContextTokens = 1000,
            MaxOutputTokens = 50,
            OutputField = "max_tokens",
        };
        _call = new()
        {
            Http = _http,
            Request = new() { Route = route, Endpoint = LargeModelEndpoint.ChatCompletions, Body = [], Stream = true },
            Facts = new()
            {
                Endpoint = LargeModelEndpoint.ChatCompletions,
                Stream = true,
                IncludeUsage = true,
                PromptTokens = Prompt,
                PromptBound = 100,
                OutputBound = 50,
                Choices = choices,
                JsonText = jsonText,
            },
            Redaction = redaction,
            Metered = metered,
        };
    }

    /// <summary>What the caller receives.</summary>
    public Capture Received { get; } = new();

    /// <summary>The id of the answer and of its first charge.</summary>
    public string Id => _call.Id;

    /// <summary>Sends the stream on. Completes when it has ended.</summary>
    public Task RunAsync(bool durable = true) =>
        new StreamedAnswer(
            _call, new(Deployment, "text/event-stream", _provider.Reader.AsStream(), Capture.Null), TimeSpan.Zero, durable,
            TimeProvider.System, NullLogger<StreamedAnswer>.Instance).RunAsync(_caller.Token);

    /// <summary>Disconnects the caller.</summary>
    public Task LeaveAsync() => _caller.CancelAsync();

    /// <summary>Sends a piece of text.</summary>
    public Task SayAsync(string text, int choice = 0) =>
        EventAsync($$"""{"choices":[{"index":{{choice}},"delta":{"content":{{JsonSerializer.Serialize(text)}}},"finish_reason":null}]}""");

    /// <summary>Ends a choice.</summary>
    public Task StopAsync(int choice = 0) =>
        EventAsync($$"""{"choices":[{"index":{{choice}},"delta":{},"finish_reason":"stop"}]}""");

    public Task ReportAsync(long prompt, long output) => EventAsync(
        $$$"""{"choices":[],"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{output}}}}}""");

    public Task EventAsync(string json) => WriteAsync($"data: {json}\n\n");

    /// <summary>Ends the stream as a provider does.</summary>
    public async Task DoneAsync()
    {
        await WriteAsync("data: [DONE]\n\n");
        await _provider.Writer.CompleteAsync();
    }

    /// <summary>Ends the connection without the mark that ends a stream.</summary>
    public async Task BreakAsync() => await _provider.Writer.CompleteAsync();

    public void Dispose()
    {
        _metered.ReleaseReservation();
        _metered.Dispose();
        _caller.Dispose();
    }

    private async Task WriteAsync(string text) => await _provider.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));
}

/// <summary>Records what is written, and calls back before each write.</summary>
internal sealed class Capture : MemoryStream
{
    private readonly Lock _lock = new();

    /// <summary>Called before bytes are taken; can delay them or fail.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    /// <summary>The received text of a choice.</summary>
    public string TextOf(int choice = 0) => string.Concat(
        from json in Events()
        where json.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0
        let first = json.GetProperty("choices")[0]
        where first.GetProperty("index").GetInt32() == choice && first.GetProperty("delta").TryGetProperty("content", out _)
        select first.GetProperty("delta").GetProperty("content").GetString());

    /// <summary>The received events, without <c>[DONE]</c>.</summary>
    public List<JsonElement> Events() =>
    [
        .. Raw().Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => e.StartsWith("data: {", StringComparison.Ordinal))
            .Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement),
    ];

    /// <summary>Everything that was received.</summary>
    public string Raw()
    {
        lock (_lock)
        {
            return Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Before();
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            Write(buffer.Span);
        }
    }
}
