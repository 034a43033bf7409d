using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>Classifies texts in batches. Texts of similar length run together, across all inputs.</summary>
public sealed class TextScorer(IOptions<TextOptions> options) : IWaitingScorer
{
    public ModelTask Task => ModelTask.TextClassification;

    public string Endpoint => "/v1/text/classify";

    public Operation Operation => TextOperations.Classify;

    public int MaxBytes => options.Value.MaxBytes;

    public IReadOnlyCollection<string> TextMembers { get; } = ["input", "text", "model", "hypothesis_template"];

    public IReadOnlyCollection<string> JsonMembers { get; } = ["top_k", "candidate_labels", "multi_label"];

    public IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [["input", "text"]];

    public IReadOnlyList<string> Columns => LabelCells.Names;

    public string? BareMember => "input";

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var body = lenient
            ? JsonBody.ParseRow(json, TextJson.Default.TextBody, TextRequestReader.Form)
            : JsonBody.Parse(json, TextJson.Strict.TextBody, TextRequestReader.Form);
        var candidates = CandidateReader.Read(body.CandidateLabels, body.HypothesisTemplate, body.MultiLabel);
        var (texts, topK, characters) = TextRequestReader.Check(
            body.Input ?? (body.Text is { } text ? [text] : null), body.TopK, candidates, options.Value);
        return new TextInput(body.Model, texts, topK, candidates, characters);
    }

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = new Outcome[inputs.Count];
        foreach (var (i, run) in Run(model, inputs, cancellation))
        {
            outcomes[i] = OutcomeOf(model, (TextInput)inputs[i], ids[i], run);
        }

        return outcomes;
    }

    public async Task<Outcome[]> ScoreAsync(
        LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, LargeModelUse use, RunOnGraph run,
        CancellationToken cancellation)
    {
        var runs = new TextClassification?[inputs.Count];
        if (!model.IsLarge)
        {
            await run(() =>
            {
                foreach (var (i, own) in Run(model, inputs, cancellation))
                {
                    runs[i] = own;
                }
            });
        }

        return await WaitingInputs.ScoreAsync(
            inputs.Count,
            async (i, token) =>
            {
                var input = (TextInput)inputs[i];
                if (input.Candidates is { } candidates)
                {
                    // A large model has not run, and is refused here.
                    return OutcomeOf(
                        model, input, ids[i], runs[i] ?? ZeroShot.Classify(model, input.Texts, candidates, input.TopK, token));
                }

                var answer = runs[i] is { } own
                    ? await TextClassifier.CompleteAsync(model, own, input.Texts, input.TopK, use, token)
                    : await TextClassifier.ClassifyAsync(model, input.Texts, input.TopK, use, token);
                return OutcomeOf(model, input, ids[i], answer) with
                {
                    Shares = TextAnswers.SharesOf(answer.Texts, input.Texts, answer.Fallback),
                };
            },
            cancellation);
    }

    private static IEnumerable<(int Index, TextClassification Run)> Run(
        LoadedModel model, IReadOnlyList<TaskInput> inputs, CancellationToken cancellation)
    {
        foreach (var (i, input) in inputs.Cast<TextInput>().Index().Where(i => i.Item.Candidates is not null))
        {
            yield return (i, ZeroShot.Classify(model, input.Texts, input.Candidates!, input.TopK, cancellation));
        }

        foreach (var group in inputs.Cast<TextInput>().Index().Where(i => i.Item.Candidates is null).GroupBy(i => i.Item.TopK))
        {
            var run = TextClassifier.Classify(model, [.. group.SelectMany(i => i.Item.Texts)], group.Key, cancellation);
            var at = 0;
            foreach (var (i, input) in group)
            {
                yield return (i, run with { Texts = [.. run.Texts.Skip(at).Take(input.Texts.Count)] });
                at += input.Texts.Count;
            }
        }
    }

    private static Outcome OutcomeOf(LoadedModel model, TextInput input, string id, TextClassification run) => new(
        new TaskAnswer<ClassifyTextResponse>(
            TextAnswers.Of(id, model.Manifest, run.Texts, input.Characters, run.Fallback),
            WireJson.Readable.ClassifyTextResponse,
            r => LabelCells.Of(r.Results[0].Predictions)),
        null);
}
