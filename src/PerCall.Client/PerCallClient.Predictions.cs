using System.Globalization;
using System.Net.Http.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Calls that are answered later.</content>
public sealed partial class PerCallClient
{
    /// <summary>Has a call answered later.</summary>
    /// <param name="request">Task, model, input, and an address to be told of the end.</param>
    /// <param name="wait">How long to wait for the end, whole seconds up to 60; null: not at all.</param>
    /// <param name="idempotencyKey">With the same key, the same request is one prediction, however often it is sent.</param>
    /// <param name="cancellation">Ends the call; the prediction goes on.</param>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public async Task<Prediction> CreatePredictionAsync(CreatePredictionRequest request, TimeSpan? wait = null, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        using var content = JsonContent.Create(request, WireJson.Default.CreatePredictionRequest);
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/predictions") { Content = content };
        if (wait is { } time)
        {
            message.Headers.TryAddWithoutValidation("Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={(long)time.TotalSeconds}"));
        }

        if (idempotencyKey is not null)
        {
            AddIdempotencyKey(message, idempotencyKey);
        }

        return await SendAsync(message, WireJson.Default.Prediction, cancellation);
    }

    /// <summary>One prediction, with its output.</summary>
    /// <exception cref="PerCallException">There is no such prediction, or it is no longer kept.</exception>
    public Task<Prediction> GetPredictionAsync(string id, CancellationToken cancellation = default) => GetAsync($"v1/predictions/{Segment(id)}", WireJson.Default.Prediction, cancellation);

    /// <summary>A page of predictions, newest first, without their outputs.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<PredictionList> ListPredictionsAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/predictions?limit={limit}{After(after)}", WireJson.Default.PredictionList, cancellation);

    /// <summary>Cancels a prediction; it will not be charged.</summary>
    /// <exception cref="PerCallException">There is no such prediction, or it has ended.</exception>
    public async Task<Prediction> CancelPredictionAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/predictions/{Segment(id)}/cancel");
        return await SendAsync(request, WireJson.Default.Prediction, cancellation);
    }
}
