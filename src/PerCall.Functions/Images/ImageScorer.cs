using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.Images;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Images;

/// <summary>Classifies the images of a file in batches.</summary>
public sealed class ImageScorer(ImageClassifier classifier, IOptions<ImageOptions> options) : IFileScorer, IWaitingScorer
{
    private const string Form = "{\"image\", \"top_k\"}";

    public ModelTask Task => ModelTask.ImageClassification;

    public string Endpoint => "/v1/images/classify";

    public Operation Operation => ImageOperations.Classify;

    public int MaxBytes => ImageRequestReader.JsonBytes(MaxFileBytes);

    public int MaxFileBytes => options.Value.MaxBytes;

    public IReadOnlyCollection<string> TextMembers { get; } = ["image", "model"];

    public IReadOnlyCollection<string> JsonMembers { get; } = ["top_k"];

    public IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [["image"]];

    public IReadOnlyList<string> Columns => LabelCells.Names;

    public string? BareMember => "image";

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var body = lenient
            ? JsonBody.ParseRow(json, ImageJson.Default.ImageBody, Form)
            : JsonBody.Parse(json, ImageJson.Strict.ImageBody, Form);
        var (rented, length) = body.Image ?? throw ImageRequestReader.Missing();
        var input = new ImageInput(body.Model, 0, rented, length);
        try
        {
            return length <= MaxFileBytes ? input with { TopK = ModelParameters.TopK(body.TopK) } : throw ImageRequestReader
                .TooLong(MaxFileBytes);
        }
        catch (RefusedException)
        {
            input.Dispose();
            throw;
        }
    }

    public TaskInput FromFile(byte[] rented, int length) => new ImageInput(null, ModelParameters.TopK(null), rented, length);

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = new Outcome[inputs.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            var input = (ImageInput)inputs[i];
            outcomes[i] = Run(model, input, cancellation, out var answer) is { } fault
                ? new(null, fault)
                : OutcomeOf(model, ids[i], answer!);
        }

        return outcomes;
    }

    public async Task<Outcome[]> ScoreAsync(
        LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, LargeModelUse use, RunOnGraph run,
        CancellationToken cancellation)
    {
        var runs = new ImageClassification?[inputs.Count];
        var faults = new Exception?[inputs.Count];
        if (!model.IsLarge)
        {
            await run(() =>
            {
                for (var i = 0; i < runs.Length; i++)
                {
                    faults[i] = Run(model, (ImageInput)inputs[i], cancellation, out runs[i]);
                }
            });
        }

        return await WaitingInputs.ScoreAsync(
            inputs.Count,
            async (i, token) =>
            {
                if (faults[i] is { } fault)
                {
                    return new(null, fault);
                }

                var input = (ImageInput)inputs[i];
                var answer = runs[i] is { } own
                    ? await classifier.CompleteAsync(model, own, input.Image, input.TopK, use, token)
                    : await classifier.ClassifyAsync(model, input.Image, input.TopK, use, token);
                return OutcomeOf(model, ids[i], answer) with { Shares = ImageAnswers.SharesOf(answer) };
            },
            cancellation);
    }

    /// <summary>Runs the graph on one picture. Returns the error of a picture that it cannot run on.</summary>
    private Exception? Run(LoadedModel model, ImageInput input, CancellationToken cancellation, out ImageClassification? answer)
    {
        try
        {
            answer = classifier.Classify(model, input.Image, input.TopK, cancellation);
            return null;
        }
        catch (Exception e) when (e is InvalidInputException or ModelFailedException)
        {
            answer = null;
            return e;
        }
    }

    private static Outcome OutcomeOf(LoadedModel model, string id, ImageClassification answer) => new(
        new TaskAnswer<ClassifyImageResponse>(
            ImageAnswers.Of(id, model.Manifest, answer), WireJson.Readable.ClassifyImageResponse, r => LabelCells.Of(r.Predictions)), null);
}
