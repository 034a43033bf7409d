using System.Collections.Concurrent;
using System.Net;

namespace PerCall.Testing.Webhooks;

/// <summary>A request as it came in.</summary>
/// <param name="Path">With its query.</param>
/// <param name="Headers">By name in lower case.</param>
/// <param name="Body">All of it.</param>
public sealed record ReceivedWebhook(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>A server on this machine that takes webhooks, and answers them as a test wants.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<ReceivedWebhook> _received = new();
    private readonly ReservedPorts _ports = new();
    private readonly Task _loop;

    public WebhookReceiver()
    {
        Address = new Uri($"http://127.0.0.1:{_ports.First}/");
        // Under whatever name: which one was asked for is what some tests look at.
        _listener.Prefixes.Add($"http://*:{Address.Port}/");
        _listener.Start();
        _loop = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>An address for webhooks, by the name that a service in development accepts.</summary>
    public string Hook => $"http://localhost:{Address.Port}/hook";

    public IReadOnlyList<ReceivedWebhook> Received => [.. _received];

    /// <summary>Answers; 204 unless the test says otherwise. The answer is ended after it.</summary>
    public Func<ReceivedWebhook, HttpListenerResponse, Task> Answer { get; set; } = (_, response) =>
    {
        response.StatusCode = 204;
        return Task.CompletedTask;
    };

    public void AnswerWith(int status) => Answer = (_, response) =>
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
        _ports.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = AnswerAsync(context);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var headers = context.Request.Headers.AllKeys.ToDictionary(k => k!.ToLowerInvariant(), k => context.Request.Headers[k]!);
            var received = new ReceivedWebhook(context.Request.RawUrl!, headers, body.ToArray());
            _received.Enqueue(received);
            await Answer(received, context.Response);
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The sender has gone, as some tests have it.
        }
    }
}
