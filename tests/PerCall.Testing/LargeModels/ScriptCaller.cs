using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.Testing.LargeModels;

/// <summary>Makes scripted calls, and leaves when their script says so.</summary>
/// <param name="key">The tenant's key.</param>
public sealed class ScriptCaller(string key) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) })
    {
        DefaultRequestHeaders = { Authorization = new("Bearer", key) },
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <param name="service">The instance.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellation">Ends the call, which then counts as broken.</param>
    public async Task<ReceivedCall> CallAsync(Uri service, ScriptedCall call, CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (call.Leave == Leave.Early)
        {
            leaving.CancelAfter(call.LeaveAfter);
        }

        var stream = new ReceivedStream();
        var status = 0;
        try
        {
            using var request = Request(service, call);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            status = (int)response.StatusCode;
            if (status == 200 && call.Stream)
            {
                var left = await ReadAsync(response, call, stream, leaving.Token);
                return new(call, status, stream.Tokens, !left && stream.Ended, left, stream.Error, null, stream.HasUsage);
            }

            var body = await response.Content.ReadAsStringAsync(leaving.Token);
            return status == 200
                ? new(call, status, TokensOf(call, body), Ended: true, Left: false, null, CostOf(response.Headers), HasUsage: true)
                : new(call, status, 0, Ended: true, Left: false, ErrorOf(body), null, HasUsage: false);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new(call, status, stream.Tokens, Ended: false, Left: true, null, null, stream.HasUsage);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new(call, status, stream.Tokens, Ended: false, Left: false, null, null, stream.HasUsage);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <returns>Whether the caller has left.</returns>
    private static async Task<bool> ReadAsync(
        HttpResponseMessage response, ScriptedCall call, ReceivedStream stream, CancellationToken cancellation)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            stream.Add(line);
            if ((call.Leave == Leave.Within && stream.Tokens >= call.LeaveAfter) || (call.Leave == Leave.AtTheEnd && stream.IsFinishing))
            {
                // Disposing of an answer that was not read to its end closes the connection.
                return true;
            }
        }

        return false;
    }

    private static HttpRequestMessage Request(Uri service, ScriptedCall call)
    {
        (string Path, HttpContent Content) sent = call.Kind switch
        {
            CallKind.Chat => ("v1/chat/completions", Json(Chat(call))),
            CallKind.Responses => ("v1/responses", Json(Responses(call))),
            CallKind.Embeddings => ("v1/embeddings", Json(new()
            {
                ["model"] = call.Model.Name,
                ["input"] = StandInModels.Text(call.PromptTokens),
                ["user"] = $"script: {call.Script}",
            })),
            CallKind.Transcription => ("v1/audio/transcriptions", Form(call)),
            _ => throw new UnreachableException(),
        };
        return new(HttpMethod.Post, new Uri(service, sent.Path)) { Content = sent.Content };
    }

    private static JsonObject Chat(ScriptedCall call)
    {
        var body = new JsonObject
        {
            ["model"] = call.Model.Name,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = StandInModels.Text(call.PromptTokens) }),
            ["user"] = $"script: {call.Script}",
            ["max_completion_tokens"] = call.Bound,
        };
        if (call.Choices > 1)
        {
            body["n"] = call.Choices;
        }

        if (call.Stream)
        {
            body["stream"] = true;
        }

        if (call is { Stream: true, IncludeUsage: true })
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }

    private static JsonObject Responses(ScriptedCall call) => new()
    {
        ["model"] = call.Model.Name,
        ["input"] = StandInModels.Text(call.PromptTokens),
        ["user"] = $"script: {call.Script}",
        ["max_output_tokens"] = call.Bound,
        ["stream"] = call.Stream,
    };

    private static StringContent Json(JsonObject body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static MultipartFormDataContent Form(ScriptedCall call) => new()
    {
        { new StringContent(call.Model.Name), "model" },
        { new StringContent($"script: {call.Script}"), "prompt" },
        { Silence((int)call.Seconds), "file", "silence.wav" },
    };

    /// <summary>A WAV file of silence.</summary>
    public static ByteArrayContent Silence(int seconds)
    {
        const int Rate = 8000;
        var wav = new byte[44 + (2 * Rate * seconds)];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), Rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * Rate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), wav.Length - 44);
        return new(wav) { Headers = { ContentType = new("audio/wav") } };
    }

    private static long TokensOf(ScriptedCall call, string body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        return call.Kind switch
        {
            CallKind.Chat => root.GetProperty("choices").EnumerateArray()
                .Sum(c => ReceivedStream.CountTokens(c.GetProperty("message").GetProperty("content").GetString()!)),
            CallKind.Responses => root.GetProperty("output").EnumerateArray().SelectMany(o => o.GetProperty("content").EnumerateArray())
                .Sum(c => ReceivedStream.CountTokens(c.GetProperty("text").GetString()!)),
            _ => 0,
        };
    }

    private static long? CostOf(HttpResponseHeaders headers) =>
        headers.TryGetValues("x-percall-cost", out var values) ? long.Parse(values.Single(), CultureInfo.InvariantCulture) : null;

    private static string ErrorOf(string body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("error").GetProperty("code").ToString();
    }
}
