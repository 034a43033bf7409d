using PerCall.Functions.Predict;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;

namespace PerCall.Functions.Ranking;

/// <summary>A query and the documents to rank.</summary>
/// <param name="Model">The model that the call names; null: none.</param>
/// <param name="Query">The query.</param>
/// <param name="Documents">1 to 256 documents.</param>
/// <param name="TopN">Number of documents to return.</param>
/// <param name="ReturnDocuments">Whether results have the texts of the documents.</param>
/// <param name="Total">Number of characters of all pairs of the query with a document.</param>
public sealed record RankingCall(
    string? Model, string Query, IReadOnlyList<string> Documents, int TopN, bool ReturnDocuments, long Total)
    : PredictCall(
        Model, [.. Documents.Select(d => new Passage(Query, d))], "documents", new CallOptions(), Inference.Text.Characters.Units(Total),
        Total);
