using System.Text.Json;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Recommend;

/// <summary>Recommends items for users and histories, in batches.</summary>
public sealed class RecommendScorer(IOptions<RecommendOptions> options) : ITaskScorer
{
    private const string Form = "{\"user\", \"n\", \"history\"}";

    public ModelTask Task => ModelTask.Recommendation;

    public string Endpoint => "/v1/recommend";

    public Operation Operation => RecommendOperations.Recommend;

    public int MaxBytes => options.Value.MaxBytes;

    public IReadOnlyCollection<string> TextMembers { get; } = ["user", "model"];

    public IReadOnlyCollection<string> JsonMembers { get; } = ["n", "exclude_seen", "items", "filter", "history"];

    public IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [["user"], ["history"]];

    public IReadOnlyList<string> Columns { get; } = ["basis", "items", "recommendations"];

    public string? BareMember => null;

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var body = lenient
            ? JsonBody.ParseRow(json, WireJson.Default.RecommendRequest, Form)
            : JsonBody.Parse(json, RequestJson.Wire.RecommendRequest, Form);
        return new RecommendInput(body.Model, RecommendRequestReader.Check(body));
    }

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = new Outcome[inputs.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            var query = ((RecommendInput)inputs[i]).Query;
            try
            {
                var response = RecommendAnswers.Of(ids[i], model.Manifest, query, Recommender.Recommend(model, query, cancellation));
                outcomes[i] = new(new TaskAnswer<RecommendResponse>(response, WireJson.Readable.RecommendResponse, Cells), null);
            }
            catch (Exception e) when (e is InvalidInputException or ModelFailedException)
            {
                outcomes[i] = new(null, e);
            }
        }

        return outcomes;
    }

    private static IReadOnlyList<object?> Cells(RecommendResponse response) =>
    [
        response.Basis,
        string.Join(' ', response.Recommendations.Select(r => r.Item)),
        JsonSerializer.Serialize(response.Recommendations, WireJson.Readable.IReadOnlyListScoredItem),
    ];
}
