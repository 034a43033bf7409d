using PerCall.Client.Wire;
using PerCall.Functions.Tasks;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>Makes the single call that classifies texts.</summary>
public static class TextCalls
{
    public static ModelCall<TextClassification, ClassifyTextResponse> CallOf(TextCall call, CancellationToken cancellation) => new()
    {
        Operation = TextOperations.Classify,
        Model = call.Model,
        Units = Characters.Units(call.Characters),
        Run = (model, use) => call.Candidates is { } candidates
            ? ZeroShot.ClassifyAsync(model, call.Texts, candidates, call.TopK, cancellation)
            : TextClassifier.ClassifyAsync(model, call.Texts, call.TopK, use, cancellation),
        LargeRun = call.Candidates is not null
            ? null
            : run => new(TextAnswers.SharesOf(run.Texts, call.Texts, run.Fallback), run.FellBack),
        Stages = run => new(run.Queued, run.Tokenized, run.Inferred),
        IdPrefix = "txt",
        Answer = (id, manifest, run) => TextAnswers.Of(id, manifest, run.Texts, call.Characters, run.Fallback),
        Type = WireJson.Readable.ClassifyTextResponse,
    };
}
