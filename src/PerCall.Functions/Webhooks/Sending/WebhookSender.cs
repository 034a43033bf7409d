using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using PerCall.Functions.Webhooks.Signing;

namespace PerCall.Functions.Webhooks.Sending;

/// <summary>
/// Makes one attempt and returns its outcome. Does not trust the receiver: neither its name nor the length or speed of its answer.
/// </summary>
public sealed class WebhookSender(TargetRules rules, IOptions<WebhookOptions> options, TimeProvider time)
{
    private const int MaxRead = 64 << 10;
    private const int MaxKept = 1 << 10;
    private const int MaxHeaderKilobytes = 16;

    private static readonly ProductInfoHeaderValue Product = new("PerCall-Webhooks", "1");

    /// <param name="url">The target's URL.</param>
    /// <param name="id">The event's id.</param>
    /// <param name="body">The body as it was queued; every attempt sends the same bytes.</param>
    /// <param name="secrets">The secrets that sign the request.</param>
    /// <param name="cancellation">Cancels the attempt; its outcome is then unknown.</param>
    public async Task<AttemptOutcome> SendAsync(
        string url, string id, byte[] body, IReadOnlyList<SigningSecret> secrets, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        using var timeout = new CancellationTokenSource(options.Value.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await TryAsync(url, id, body, secrets, started, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return Failed(
                string.Create(CultureInfo.InvariantCulture, $"No response within {options.Value.Timeout.TotalSeconds:0.###} seconds."));
        }
        catch (TargetRefusedException e)
        {
            return Failed(e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Failed(Reason(e));
        }

        AttemptOutcome Failed(string error) => new() { Error = error, Duration = time.GetElapsedTime(started) };
    }

    private async Task<AttemptOutcome> TryAsync(
        string url, string id, byte[] body, IReadOnlyList<SigningSecret> secrets, long started, CancellationToken cancellation)
    {
        var (target, addresses) = await rules.ResolveAsync(url, cancellation);
        using var client = new HttpMessageInvoker(ConnectingTo(addresses));
        using var request = Signed(target, id, body, secrets);
        using var response = await client.SendAsync(request, cancellation);
        var outcome = new AttemptOutcome
        {
            Status = (int)response.StatusCode,
            Error = (int)response.StatusCode is >= 300 and < 400 ? "Redirects are not followed; use the address it points to." : null,
            Duration = time.GetElapsedTime(started),
            RetryAfter = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
                ? RetryAfter(response) : null,
        };

        // The status decides the outcome. A late or missing rest of the answer changes nothing.
        return outcome with { Response = await BeginningAsync(response, cancellation) };
    }

    private HttpRequestMessage Signed(Uri target, string id, byte[] body, IReadOnlyList<SigningSecret> secrets)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, target)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.UserAgent.Add(Product);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", string.Join(' ', secrets.Select(s => s.Sign(id, now, body))));
        return request;
    }

    /// <summary>
    /// Returns a handler for one request. It connects to the checked addresses, whatever the name resolves to by now. TLS still verifies
    /// the name.
    /// </summary>
    private static SocketsHttpHandler ConnectingTo(IPAddress[] addresses) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        MaxResponseDrainSize = 0,
        ConnectCallback = async (context, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow(),
        _ => null,
    };

    private static async Task<string?> BeginningAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var (buffer, length) = (new byte[MaxRead], 0);
        try
        {
            await using var content = await response.Content.ReadAsStreamAsync(cancellation);
            for (int read; length < MaxRead && (read = await content.ReadAsync(buffer.AsMemory(length), cancellation)) > 0;)
            {
                length += read;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // Use the part that has arrived.
        }

        var text = Encoding.UTF8.GetString(buffer, 0, Math.Min(length, MaxKept));
        return text.Length == 0 ? null : string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static string Reason(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "The TLS connection failed: the host does not support TLS, or its certificate is not trusted or not for this host name.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            $"The response headers are too large; allowed: at most {MaxHeaderKilobytes} KB.",
        HttpRequestException { InnerException: SocketException e } => $"The connection failed ({e.SocketErrorCode}).",
        HttpRequestException { HttpRequestError: var kind } => $"No complete response ({kind}).",
        _ => "The connection was lost.",
    };
}
