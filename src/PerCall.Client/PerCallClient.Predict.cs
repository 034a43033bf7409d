using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Models whose answer is values, labelled parts of a text, boxes or masks, and models of tables.</content>
public sealed partial class PerCallClient
{
    /// <summary>Runs a model of the task <c>prediction</c>: any kind of input with any kind of output.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PredictResponse> PredictAsync(PredictRequest request, CancellationToken cancellation = default) =>
        PostAsync("v1/predict", request, WireJson.Default.PredictRequest, WireJson.Default.PredictResponse, cancellation);

    /// <summary>Predicts from rows of a table.</summary>
    /// <param name="rows">1 to 1,000 rows, each a JSON object with a value for each column of the model.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="topK">The number of labels to return for each row, 1 to 1000, for models that give labels.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PredictResponse> PredictTableAsync(
        IReadOnlyList<JsonElement> rows, string model, int topK = 5, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/tables/predict", new() { Rows = rows, Model = model, TopK = topK }, WireJson.Default.PredictTableRequest,
            WireJson.Default.PredictResponse, cancellation);

    /// <summary>Predicts from records of the caller's own type.</summary>
    /// <param name="rows">1 to 1,000 records. Their properties are the columns.</param>
    /// <param name="type">How a record is serialized, for example <c>MyJson.Default.Customer</c>.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="topK">The number of labels to return for each row, 1 to 1000, for models that give labels.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PredictResponse> PredictTableAsync<TRow>(
        IEnumerable<TRow> rows, JsonTypeInfo<TRow> type, string model, int topK = 5, CancellationToken cancellation = default) =>
        PredictTableAsync([.. rows.Select(r => JsonSerializer.SerializeToElement(r, type))], model, topK, cancellation);

    /// <summary>Labels parts of texts, for example names.</summary>
    /// <param name="texts">The texts, 1 to 256.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PredictResponse> LabelTokensAsync(
        IReadOnlyList<string> texts, string model, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/text/tokens", new() { Input = texts, Model = model }, WireJson.Default.LabelTokensRequest,
            WireJson.Default.PredictResponse, cancellation);

    /// <summary>Turns texts into vectors, with a model of the service or a large model.</summary>
    /// <param name="texts">The texts, 1 to 256.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="dimensions">Length of the vectors, if the model allows shorter ones; null for the model's own.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<CreateEmbeddingResponse> EmbedAsync(
        IReadOnlyList<string> texts, string model, int? dimensions = null, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/embeddings", new() { Input = texts, Model = model, Dimensions = dimensions, EncodingFormat = "base64" },
            WireJson.Default.CreateEmbeddingRequest, WireJson.Default.CreateEmbeddingResponse, cancellation);

    /// <summary>Orders documents by how well they answer a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="documents">The documents, 1 to 256.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="topN">Number of documents to return; null for all.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<RerankResponse> RerankAsync(
        string query, IReadOnlyList<string> documents, string model, int? topN = null, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/rerank", new() { Query = query, Documents = documents, Model = model, TopN = topN }, WireJson.Default.RerankRequest,
            WireJson.Default.RerankResponse, cancellation);

    /// <summary>Classifies texts by labels that the caller chooses, with a model of natural language inference.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="labels">The labels, 1 to 100.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="independent">Whether several labels may apply to a text.</param>
    /// <param name="template">A sentence with <c>{}</c> in the place of a label; null for the service's own.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ClassifyTextResponse> ClassifyTextAsync(
        IReadOnlyList<string> texts, IReadOnlyList<string> labels, string model, bool independent = false, string? template = null,
        CancellationToken cancellation = default) =>
        PostAsync(
            "v1/text/classify",
            new() { Input = texts, CandidateLabels = labels, HypothesisTemplate = template, Model = model, MultiLabel = independent },
            WireJson.Default.ClassifyTextRequest, WireJson.Default.ClassifyTextResponse, cancellation);

    /// <summary>Finds objects in a picture.</summary>
    /// <param name="image">The encoded picture.</param>
    /// <param name="model">The model: name, name/version or name/alias.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<PredictResponse> DetectObjectsAsync(
        ReadOnlyMemory<byte> image, string model, CancellationToken cancellation = default) =>
        PostPictureAsync("v1/images/detect", image, model, cancellation);

    /// <summary>Labels the pixels of a picture. The answer has a mask as PNG.</summary>
    /// <inheritdoc cref="DetectObjectsAsync"/>
    public Task<PredictResponse> SegmentImageAsync(
        ReadOnlyMemory<byte> image, string model, CancellationToken cancellation = default) =>
        PostPictureAsync("v1/images/segment", image, model, cancellation);

    private async Task<PredictResponse> PostPictureAsync(
        string path, ReadOnlyMemory<byte> image, string model, CancellationToken cancellation)
    {
        using var content = new ReadOnlyMemoryContent(image) { Headers = { ContentType = new("application/octet-stream") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{path}?model={Uri.EscapeDataString(model)}") { Content = content };
        return await SendAsync(request, WireJson.Default.PredictResponse, cancellation);
    }
}
