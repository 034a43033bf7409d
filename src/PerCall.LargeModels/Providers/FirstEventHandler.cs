using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace PerCall.LargeModels.Providers;

/// <summary>
/// Completes when the answer can be passed on: after the first event of a stream, or the whole body of another answer. Throws if that is an
/// error, so that the circuit breaker and the time limit around this handler include it.
/// </summary>
internal sealed class FirstEventHandler(int maxAnswerBytes) : DelegatingHandler
{
    private const int MaxErrorBytes = 64 << 10;
    private const int MaxFirstEventBytes = 1 << 20;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var attempt = Attempt.Of(request);
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProviderFailedException(ProviderFault.Timeout, "The connection was not established in time.", inner: e);
        }

        try
        {
            if (!response.IsSuccessStatusCode)
            {
                var (start, _) = await ReadAsync(response.Content, MaxErrorBytes, cancellationToken);
                Replace(response, new ByteArrayContent(start));
            }
            else if (attempt.Stream && IsType(response, "text/event-stream"))
            {
                await CheckStreamAsync(response, cancellationToken);
            }
            else
            {
                await CheckBodyAsync(response, attempt, cancellationToken);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task CheckStreamAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var recorded = new RecordingStream(await response.Content.ReadAsStreamAsync(cancellation), MaxFirstEventBytes);
        await using (var events = SseParser.Create(recorded).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation))
        {
            if (!await events.MoveNextAsync())
            {
                throw Invalid("The stream ended before its first event.", response);
            }

            Throw(ProviderError.FromEvent(events.Current.EventType, events.Current.Data), response);
        }

        recorded.Rewind();
        var content = new StreamContent(recorded);
        content.Headers.ContentType = response.Content.Headers.ContentType;
        response.Content = content;
    }

    private async Task CheckBodyAsync(HttpResponseMessage response, Attempt attempt, CancellationToken cancellation)
    {
        var (body, isWhole) = await ReadAsync(response.Content, maxAnswerBytes, cancellation);
        if (!isWhole)
        {
            throw Invalid($"The answer is longer than {maxAnswerBytes} bytes.", response);
        }

        var isText = attempt.Endpoint == LargeModelEndpoint.Transcriptions;
        try
        {
            if (!isText || IsType(response, "application/json"))
            {
                Throw(ProviderError.FromAnswer(body), response);
            }
        }
        catch (JsonException e)
        {
            throw Invalid("The answer is not a JSON object.", response, e);
        }

        if (attempt.Stream && !isText)
        {
            throw Invalid("The answer is not a stream of events.", response);
        }

        Replace(response, new ByteArrayContent(body));
    }

    /// <summary>Reads at most <paramref name="max"/> bytes.</summary>
    private static async Task<(byte[] Bytes, bool IsWhole)> ReadAsync(HttpContent content, int max, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream(
            content.Headers.ContentLength is { } length && length <= max ? (int)length : 0);
        var buffer = new byte[16 << 10];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            if (body.Length + read > max)
            {
                body.Write(buffer.AsSpan(0, max - (int)body.Length));
                return (body.ToArray(), false);
            }

            body.Write(buffer.AsSpan(0, read));
        }

        return (body.Length == body.Capacity ? body.GetBuffer() : body.ToArray(), true);
    }

    private static void Throw(ProviderError? error, HttpResponseMessage response)
    {
        if (error is null)
        {
            return;
        }

        if (error.IsRefusal)
        {
            throw ProviderRefusal.From(error, error.Status!.Value);
        }

        throw error.Status == 429
            ? new ProviderFailedException(ProviderFault.RateLimited, "The answer is an error: rate limited.", 429)
            : Invalid($"The answer is an error with code '{error.Code}'.", response);
    }

    private static ProviderFailedException Invalid(string message, HttpResponseMessage response, Exception? inner = null) =>
        new(ProviderFault.InvalidAnswer, message, (int)response.StatusCode, inner);

    private static void Replace(HttpResponseMessage response, ByteArrayContent content)
    {
        content.Headers.ContentType = response.Content.Headers.ContentType;
        response.Content.Dispose();
        response.Content = content;
    }

    private static bool IsType(HttpResponseMessage response, string type) =>
        response.Content.Headers.ContentType is MediaTypeHeaderValue sent
            && string.Equals(sent.MediaType, type, StringComparison.OrdinalIgnoreCase);
}
