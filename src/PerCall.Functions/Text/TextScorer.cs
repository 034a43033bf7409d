using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>Classifies texts in batches. Texts of similar length run together, across all inputs.</summary>
public sealed class TextScorer(IOptions<TextOptions> options) : ITaskScorer
{
    private const string Form = "{\"input\", \"top_k\"}";

    public ModelTask Task => ModelTask.TextClassification;

    public string Endpoint => "/v1/text/classify";

    public Operation Operation => TextOperations.Classify;

    public int MaxBytes => options.Value.MaxBytes;

    public IReadOnlyCollection<string> TextMembers { get; } = ["input", "text", "model"];

    public IReadOnlyCollection<string> JsonMembers { get; } = ["top_k"];

    public IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [["input", "text"]];

    public IReadOnlyList<string> Columns => LabelCells.Names;

    public string? BareMember => "input";

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var body = lenient
            ? JsonBody.ParseRow(json, TextJson.Default.TextBody, Form)
            : JsonBody.Parse(json, TextJson.Strict.TextBody, Form);
        var (texts, topK, characters) = TextRequestReader.Check(
            body.Input ?? (body.Text is { } text ? [text] : null), body.TopK, options.Value);
        return new TextInput(body.Model, texts, topK, characters);
    }

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = new Outcome[inputs.Count];
        foreach (var group in inputs.Cast<TextInput>().Index().GroupBy(i => i.Item.TopK))
        {
            var classified = TextClassifier.Classify(model, [.. group.SelectMany(i => i.Item.Texts)], group.Key, cancellation).Texts;
            var at = 0;
            foreach (var (i, input) in group)
            {
                var texts = classified.Skip(at).Take(input.Texts.Count).ToList();
                at += texts.Count;
                var response = TextAnswers.Of(ids[i], model.Manifest, texts, input.Characters);
                outcomes[i] = new(
                    new TaskAnswer<ClassifyTextResponse>(
                        response, WireJson.Readable.ClassifyTextResponse, r => LabelCells.Of(r.Results[0].Predictions)), null);
            }
        }

        return outcomes;
    }
}
