using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Predict;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Text;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using TextInputs = PerCall.Functions.Requests.TextInputs;

namespace PerCall.Functions.Embeddings;

/// <summary>Turns texts into vectors.</summary>
public sealed class EmbeddingScorer(IOptions<TextOptions> options) : PipelineScorer<CreateEmbeddingResponse>
{
    private const string Form = "{\"input\", \"model\", \"encoding_format\", \"dimensions\", \"user\"}";

    public static Operation Embed { get; } = Operation.For(ModelTask.Embedding, "embeddings");

    public override ModelTask Task => ModelTask.Embedding;

    public override string Endpoint => "/v1/embeddings";

    public override Operation Operation => Embed;

    public override int MaxBytes => options.Value.MaxBytes;

    public override IReadOnlyCollection<string> TextMembers { get; } = ["input", "model", "encoding_format", "user"];

    public override IReadOnlyCollection<string> JsonMembers { get; } = ["dimensions"];

    public override IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [["input"]];

    public override IReadOnlyList<string> Columns { get; } = ["embedding"];

    public override string? BareMember => "input";

    protected override JsonTypeInfo<CreateEmbeddingResponse> Type => WireJson.Readable.CreateEmbeddingResponse;

    protected override string IdPrefix => "emb";

    public override TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false) => ReadCall(json, lenient);

    /// <inheritdoc cref="Read"/>
    public EmbeddingCall ReadCall(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var body = lenient
            ? JsonBody.ParseRow(json, WireJson.Default.CreateEmbeddingRequest, Form)
            : JsonBody.Parse(json, RequestJson.Wire.CreateEmbeddingRequest, Form);
        if (body.EncodingFormat is not (null or "float" or "base64"))
        {
            throw RefusedException.BadRequest(
                "invalid_encoding_format",
                $"'encoding_format' is '{Page.Short(body.EncodingFormat)}'; allowed: float, base64.",
                "encoding_format");
        }

        if (body.Dimensions is < 1)
        {
            throw RefusedException.BadRequest(
                "invalid_dimensions", $"'dimensions' is {body.Dimensions}; allowed: at least 1.", "dimensions");
        }

        var (texts, characters) = TextInputs.Check(body.Input, options.Value.MaxCharacters);
        return new(body.Model, texts, new() { Dimensions = body.Dimensions }, body.EncodingFormat == "base64", characters);
    }

    protected override CreateEmbeddingResponse Answer(
        string id, ModelManifest manifest, PredictCall call, IReadOnlyList<RowResult> rows)
    {
        var asBase64 = ((EmbeddingCall)call).AsBase64;
        var tokens = rows.Sum(r => (long)r.Tokens);
        return new()
        {
            Data = [.. rows.Select((row, i) => new EmbeddingData(i, new(((ValuesOutput)row.Require()).Values, asBase64)))],
            Model = manifest.Name,
            Usage = new(tokens, tokens),
        };
    }

    protected override IReadOnlyList<object?> CellsOf(CreateEmbeddingResponse body) =>
        [JsonSerializer.Serialize(body.Data[0].Embedding, WireJson.Readable.EmbeddingVector)];
}
