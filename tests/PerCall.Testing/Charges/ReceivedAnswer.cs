using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace PerCall.Testing.Charges;

/// <summary>An answer that has arrived whole, with what it says it cost.</summary>
/// <param name="Id">Of the answer, and of its charge.</param>
/// <param name="Cost">Micro-units.</param>
public sealed record ReceivedAnswer(string Id, long Cost)
{
    /// <summary>Classifies a picture.</summary>
    /// <returns>The status; and the answer where it is 200.</returns>
    /// <exception cref="HttpRequestException">The connection broke; whether the call was answered is unknown.</exception>
    public static async Task<(int Status, ReceivedAnswer? Answer)> CallAsync(
        HttpClient http, Uri service, string model, byte[] image, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(service, $"v1/images/classify?model={model}"))
        { Content = new ByteArrayContent(image) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", $"\"{idempotencyKey}\"");
        }

        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode ? ((int)response.StatusCode, Of(response.Headers, body)) : ((int)response.StatusCode, null);
    }

    private static ReceivedAnswer Of(HttpResponseHeaders headers, byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return new(
            json.RootElement.GetProperty("id").GetString()!,
            long.Parse(headers.GetValues("x-percall-cost").Single(), CultureInfo.InvariantCulture));
    }
}
