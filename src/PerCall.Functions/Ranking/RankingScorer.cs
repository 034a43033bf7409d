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
using PerCall.Inference.Text;
using TextInputs = PerCall.Functions.Requests.TextInputs;

namespace PerCall.Functions.Ranking;

/// <summary>Ranks documents by how well they answer a query.</summary>
public sealed class RankingScorer(IOptions<TextOptions> options) : PipelineScorer<RerankResponse>
{
    private const string Form = "{\"query\", \"documents\", \"model\", \"top_n\", \"return_documents\"}";

    public static Operation Rank { get; } = Operation.For(ModelTask.TextRanking, "rerank");

    public override ModelTask Task => ModelTask.TextRanking;

    public override string Endpoint => "/v1/rerank";

    public override Operation Operation => Rank;

    public override int MaxBytes => options.Value.MaxBytes;

    public override IReadOnlyCollection<string> TextMembers { get; } = ["query", "model"];

    public override IReadOnlyCollection<string> JsonMembers { get; } = ["documents", "top_n", "return_documents"];

    public override IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [["query"]];

    public override IReadOnlyList<string> Columns { get; } = ["index", "relevance_score", "results"];

    public override string? BareMember => null;

    protected override JsonTypeInfo<RerankResponse> Type => WireJson.Readable.RerankResponse;

    protected override string IdPrefix => "rank";

    public override TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false) => ReadCall(json, lenient);

    /// <inheritdoc cref="Read"/>
    public RankingCall ReadCall(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var body = lenient
            ? JsonBody.ParseRow(json, WireJson.Default.RerankRequest, Form)
            : JsonBody.Parse(json, RequestJson.Wire.RerankRequest, Form);
        if (string.IsNullOrEmpty(body.Query))
        {
            throw RefusedException.BadRequest("missing_query", "The body has no 'query'; it must contain a text.", "query");
        }

        if (body.Documents is null)
        {
            throw RefusedException.BadRequest(
                "missing_documents", "The body has no 'documents'; it must contain an array of texts.", "documents");
        }

        if (body.TopN is < 1)
        {
            throw RefusedException.BadRequest("invalid_top_n", $"'top_n' is {body.TopN}; allowed: at least 1.", "top_n");
        }

        var all = OfDocuments(body.Model, body.Query, body.Documents);
        return all with { TopN = Math.Min(body.TopN ?? all.TopN, all.TopN), ReturnDocuments = body.ReturnDocuments == true };
    }

    /// <summary>Returns the call that ranks all documents.</summary>
    /// <param name="model">The model; null: the call names none.</param>
    /// <param name="query">The query.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="queryMember">The member of the body that has the query.</param>
    /// <param name="documentsMember">The member of the body that has the documents.</param>
    /// <exception cref="RefusedException">There are no documents, too many, or a text is too long.</exception>
    public RankingCall OfDocuments(
        string? model, string query, IReadOnlyList<string> documents, string queryMember = "query", string documentsMember = "documents")
    {
        var most = options.Value.MaxCharacters;
        var each = TextInputs.Check([query], most, queryMember).Characters;
        var (texts, characters) = TextInputs.Check(documents, most, documentsMember);
        return new(model, query, texts, texts.Count, false, (each * texts.Count) + characters) { Subject = documentsMember };
    }

    protected override RerankResponse Answer(string id, ModelManifest manifest, PredictCall call, IReadOnlyList<RowResult> rows)
    {
        var ranking = (RankingCall)call;
        return new()
        {
            Id = id,
            Model = manifest.Name,
            Version = manifest.Version,
            Results =
            [
                .. rows.Select((row, i) => (Index: i, Score: ((ValuesOutput)row.Require()).Values[0]))
                    .OrderByDescending(r => r.Score)
                    .Take(ranking.TopN)
                    .Select(r => new RankedDocument(
                        r.Index, r.Score, ranking.ReturnDocuments ? new(((Passage)call.Inputs[r.Index]).Pair!) : null)),
            ],
            Usage = new(ranking.Total, rows.Sum(r => (long)r.Tokens)),
        };
    }

    protected override IReadOnlyList<object?> CellsOf(RerankResponse body) =>
    [
        body.Results[0].Index,
        body.Results[0].RelevanceScore,
        JsonSerializer.Serialize(body.Results, WireJson.Readable.IReadOnlyListRankedDocument),
    ];
}
