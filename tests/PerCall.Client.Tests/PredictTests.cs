using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Xunit;

namespace PerCall.Client.Tests;

/// <summary>What the client sends for models of every output kind, and how it reads their answers.</summary>
public sealed partial class PredictTests : IDisposable
{
    private readonly Server _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PerCallClient Client => new(new HttpClient(_server) { BaseAddress = new("http://localhost") });

    [Fact]
    public async Task PredictTable_Rows_AreSentAsTheyStand()
    {
        _server.Result = """{"index": 0, "predictions": [{"label": "leaves", "score": 0.5}], "values": [1.5]}""";

        var answer = await Client.PredictTableAsync([JsonElement.Parse("""{"Tenure": 2, "city": null}""")], "churn/1", 2, Cancellation);

        Assert.Equal(
            ("/v1/tables/predict", """{"rows":[{"Tenure":2,"city":null}],"model":"churn/1","top_k":2}"""), (_server.Path, _server.Body));
        var result = Assert.Single(answer.Results);
        Assert.Equal(("leaves", 0.5f, 1.5f), (result.Predictions![0].Label, result.Predictions[0].Score, result.Values![0]));
        Assert.Null(result.Truncated);
    }

    [Fact]
    public async Task PredictTable_Records_HaveTheirPropertiesAsColumns()
    {
        await Client.PredictTableAsync([new Customer(2, "One year")], RowJson.Default.Customer, "churn", cancellation: Cancellation);

        Assert.Equal("""{"rows":[{"tenure":2,"contract":"One year"}],"model":"churn","top_k":5}""", _server.Body);
    }

    [Fact]
    public async Task Predict_Pairs_LeavesOutOtherInputs()
    {
        await Client.PredictAsync(new() { Pairs = [new("a", "b")], Model = "m" }, Cancellation);

        Assert.Equal(("/v1/predict", """{"pairs":[{"text":"a","pair":"b"}],"model":"m"}"""), (_server.Path, _server.Body));
    }

    [Fact]
    public async Task Embed_Texts_AreVectorsInBase64()
    {
        _server.Answer = """{"object": "list", "model": "e", "data": [{"object": "embedding", "index": 0, "embedding": "AACAPwAAAMA="}], "usage": {"prompt_tokens": 1, "total_tokens": 1}}""";

        var answer = await Client.EmbedAsync(["a"], "e", 2, Cancellation);

        Assert.Equal(
            ("/v1/embeddings", """{"input":"a","model":"e","encoding_format":"base64","dimensions":2}"""), (_server.Path, _server.Body));
        Assert.Equal([1, -2], Assert.Single(answer.Data).Embedding.Values);
    }

    [Fact]
    public async Task Rerank_Documents_AreStrings()
    {
        _server.Answer = """{"id": "rank_1", "model": "m", "version": "1", "results": [{"index": 1, "relevance_score": 0.5}], "usage": {"characters": 4, "total_tokens": 2}}""";

        var answer = await Client.RerankAsync("q", ["a", "b"], "m", 1, Cancellation);

        Assert.Equal(("/v1/rerank", """{"query":"q","documents":["a","b"],"model":"m","top_n":1}"""), (_server.Path, _server.Body));
        Assert.Equal(new(1, 0.5f), Assert.Single(answer.Results));
    }

    [Fact]
    public async Task ClassifyText_LabelsOfTheCaller_AreSent()
    {
        _server.Answer = """{"id": "txt_1", "model": "n", "version": "1", "results": [], "usage": {"characters": 1, "tokens": 1}}""";

        await Client.ClassifyTextAsync(["a"], ["b", "c"], "n", independent: true, cancellation: Cancellation);

        Assert.Equal("""{"input":"a","model":"n","candidate_labels":["b","c"],"multi_label":true}""", _server.Body);
    }

    [Fact]
    public async Task LabelTokens_Answer_HasParts()
    {
        _server.Result = """{"index": 0, "entities": [{"label": "name", "score": 0.9, "text": "Ana", "start": 5, "end": 8}]}""";

        var answer = await Client.LabelTokensAsync(["Call Ana"], "contacts", Cancellation);

        Assert.Equal(("/v1/text/tokens", """{"input":"Call Ana","model":"contacts"}"""), (_server.Path, _server.Body));
        Assert.Equal(new("name", 0.9f, "Ana", 5, 8), Assert.Single(answer.Results[0].Entities!));
    }

    [Fact]
    public async Task DetectObjects_Answer_HasBoxes()
    {
        _server.Result =
            """{"index": 0, "width": 9, "objects": [{"label": "a", "score": 0.9, "box": {"x": 1, "y": 2, "width": 3, "height": 4}}]}""";

        var answer = await Client.DetectObjectsAsync("picture"u8.ToArray(), "shapes/a b", Cancellation);

        Assert.Equal(("/v1/images/detect?model=shapes%2Fa%20b", "picture"), (_server.Path, _server.Body));
        Assert.Equal(new("a", 0.9f, new(1, 2, 3, 4)), Assert.Single(answer.Results[0].Objects!));
    }

    [Fact]
    public async Task SegmentImage_Answer_HasAMask()
    {
        _server.Result = """{"index": 0, "mask": "AQI=", "classes": [{"label": "a", "index": 1, "pixels": 2, "share": 1}]}""";

        var answer = await Client.SegmentImageAsync("picture"u8.ToArray(), "m", Cancellation);

        Assert.Equal("/v1/images/segment?model=m", _server.Path);
        Assert.Equal([1, 2], answer.Results[0].Mask!);
        Assert.Equal(new("a", 1, 2, 1), Assert.Single(answer.Results[0].Classes!));
    }

    public void Dispose() => _server.Dispose();

    private sealed record Customer(int Tenure, string Contract);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Customer))]
    private sealed partial class RowJson : JsonSerializerContext;

    private sealed class Server : HttpMessageHandler
    {
        public string Result { get; set; } = """{"index": 0}""";

        /// <summary>The whole answer; null for one with <see cref="Result"/>.</summary>
        public string? Answer { get; set; }

        public string? Path { get; private set; }

        public string? Body { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Path = request.RequestUri!.PathAndQuery;
            Body = await request.Content!.ReadAsStringAsync(cancellationToken);
            return new(HttpStatusCode.OK)
            {
                Content = new StringContent(
                    Answer ?? $$"""{"id": "x", "model": "m", "version": "1", "results": [{{Result}}]}""", Encoding.UTF8,
                    "application/json"),
            };
        }
    }
}
