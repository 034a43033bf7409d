using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>A typed client for a PerCall service.</summary>
/// <param name="http">
/// The HTTP client, with the service's address as <see cref="HttpClient.BaseAddress"/> and a key as its <c>Authorization</c>.
/// </param>
public sealed partial class PerCallClient(HttpClient http)
{
    /// <summary>Creates a client for a service's address.</summary>
    /// <param name="address">The service's address, for example <c>http://localhost:7071</c>.</param>
    /// <param name="key">The key. It is sent as a bearer token.</param>
    public static PerCallClient Connect(Uri address, string? key = null)
    {
        var http = new HttpClient { BaseAddress = address };
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return new PerCallClient(http);
    }

    /// <summary>Classifies a picture.</summary>
    /// <param name="image">The encoded picture.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="topK">The number of labels to return, 1 to 1000.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public async Task<ClassifyImageResponse> ClassifyImageAsync(
        ReadOnlyMemory<byte> image, string model, int topK = 5, CancellationToken cancellation = default)
    {
        using var content = new ReadOnlyMemoryContent(image) { Headers = { ContentType = new("application/octet-stream") } };
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"v1/images/classify?model={Uri.EscapeDataString(model)}&top_k={topK}")
        { Content = content };
        return await SendAsync(request, WireJson.Default.ClassifyImageResponse, cancellation);
    }

    /// <summary>Classifies texts.</summary>
    /// <param name="texts">The texts, 1 to 256.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="topK">The number of labels to return for each text, 1 to 1000.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ClassifyTextResponse> ClassifyTextAsync(
        IReadOnlyList<string> texts, string model, int topK = 5, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/text/classify", new() { Input = texts, Model = model, TopK = topK }, WireJson.Default.ClassifyTextRequest,
            WireJson.Default.ClassifyTextResponse, cancellation);

    /// <summary>Replaces personal data and secrets in texts by placeholders.</summary>
    /// <param name="texts">The texts, 1 to 256. A value has the same placeholder in all of them.</param>
    /// <param name="kinds">The kinds to redact; null for all.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<RedactTextResponse> RedactTextAsync(
        IReadOnlyList<string> texts, IReadOnlyList<string>? kinds = null, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/text/redact", new() { Input = texts, Kinds = kinds }, WireJson.Default.RedactTextRequest,
            WireJson.Default.RedactTextResponse, cancellation);

    /// <summary>Recommends items for a user or a history; popular items if the request has neither.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<RecommendResponse> RecommendAsync(RecommendRequest request, CancellationToken cancellation = default) =>
        PostAsync("v1/recommend", request, WireJson.Default.RecommendRequest, WireJson.Default.RecommendResponse, cancellation);

    /// <summary>Finds items similar to an item.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<SimilarItemsResponse> SimilarItemsAsync(SimilarItemsRequest request, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/recommend/similar", request, WireJson.Default.SimilarItemsRequest, WireJson.Default.SimilarItemsResponse, cancellation);

    /// <summary>Estimates the rating that a user would give to an item.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<EstimateRatingResponse> EstimateRatingAsync(EstimateRatingRequest request, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/recommend/rate", request, WireJson.Default.EstimateRatingRequest, WireJson.Default.EstimateRatingResponse, cancellation);

    /// <summary>Lists the models in the plan.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ModelList> ListModelsAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/models", WireJson.Default.ModelList, cancellation);

    /// <summary>Gets a model.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ModelDetails> GetModelAsync(string name, CancellationToken cancellation = default) =>
        GetAsync($"v1/models/{Uri.EscapeDataString(name)}", WireJson.Default.ModelDetails, cancellation);

    private static void AddIdempotencyKey(HttpRequestMessage request, string key)
    {
        var escaped = key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", $"\"{escaped}\"");
    }

    private async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        using var response = await http.DeleteAsync(new Uri(path, UriKind.Relative), cancellation);
        await ThrowUnlessSuccessAsync(response, cancellation);
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, type, cancellation);
    }

    private Task<T> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> form, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, body, form, type, cancellation);

    private async Task<T> SendAsync<TBody, T>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> form, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(body, form);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        return await SendAsync(request, type, cancellation);
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var response = await http.SendAsync(request, cancellation);
        await ThrowUnlessSuccessAsync(response, cancellation);
        return await ReadAsync(response, type, cancellation);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        await response.Content.ReadFromJsonAsync(type, cancellation) ?? throw new PerCallException(response.StatusCode, null);

    internal static async Task ThrowUnlessSuccessAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await ErrorOfAsync(response, cancellation);
        }
    }

    internal static async Task<PerCallException> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        new(response.StatusCode, await ReadProblemAsync(response, cancellation));

    private static async Task<Problem?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            switch (response.Content.Headers.ContentType?.MediaType)
            {
                case Problem.MediaType:
                    return await response.Content.ReadFromJsonAsync(WireJson.Default.Problem, cancellation);

                case "application/json"
                    when await response.Content.ReadFromJsonAsync(WireJson.Default.InferenceError, cancellation) is { Error: { } error }:
                    return new() { Status = (int)response.StatusCode, Detail = error };

                default:
                    return null;
            }
        }
        catch (JsonException)
        {
            // The status alone has to do.
            return null;
        }
    }
}
