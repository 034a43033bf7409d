using System.Globalization;
using System.Net.Http.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Predictions: calls that run in the background.</content>
public sealed partial class PerCallClient
{
    /// <summary>Creates a prediction: a call that runs in the background.</summary>
    /// <param name="request">Task, model, input, and an optional webhook address for the end of the prediction.</param>
    /// <param name="wait">How long to wait for the end, in whole seconds up to 60; null to return at once.</param>
    /// <param name="idempotencyKey">Makes retries safe: repeated requests with the same key create one prediction.</param>
    /// <param name="cancellation">Cancels the call. The prediction continues.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public async Task<Prediction> CreatePredictionAsync(
        CreatePredictionRequest request, TimeSpan? wait = null, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        using var content = JsonContent.Create(request, WireJson.Default.CreatePredictionRequest);
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/predictions") { Content = content };
        if (wait is { } time)
        {
            message.Headers.TryAddWithoutValidation(
                "Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={(long)time.TotalSeconds}"));
        }

        if (idempotencyKey is not null)
        {
            AddIdempotencyKey(message, idempotencyKey);
        }

        return await SendAsync(message, WireJson.Default.Prediction, cancellation);
    }

    /// <summary>Gets a prediction with its output.</summary>
    /// <exception cref="PerCallException">There is no such prediction, or it was deleted.</exception>
    public Task<Prediction> GetPredictionAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"v1/predictions/{Segment(id)}", WireJson.Default.Prediction, cancellation);

    /// <summary>Lists a page of predictions, newest first, without their outputs.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PredictionList> ListPredictionsAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/predictions?limit={limit}{After(after)}", WireJson.Default.PredictionList, cancellation);

    /// <summary>Cancels a prediction. A canceled prediction is not charged.</summary>
    /// <exception cref="PerCallException">There is no such prediction, or it has already ended.</exception>
    public async Task<Prediction> CancelPredictionAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/predictions/{Segment(id)}/cancel");
        return await SendAsync(request, WireJson.Default.Prediction, cancellation);
    }
}
