using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Images;
using PerCall.Functions.Predict;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tasks;
using PerCall.Inference.Images;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;

namespace PerCall.Functions.HuggingFace;

/// <summary>Answers the tasks whose input is a picture: the body itself, or base64 in JSON.</summary>
public sealed class HuggingFacePictures(ImageClassifier classifier, PredictReader reader, PipelineAnswers answers, ModelCalls calls)
{
    private const string ClassifyForm = "{\"inputs\", \"parameters\": {\"top_k\", \"function_to_apply\"}}";
    private const string DetectForm = "{\"inputs\", \"parameters\": {\"threshold\"}}";
    private const string SegmentForm = "{\"inputs\", \"parameters\": {\"subtask\"}}";

    public Task<IResult> AnswerAsync(HuggingFaceCall call, CancellationToken cancellation) => call.Task switch
    {
        HuggingFaceTask.ObjectDetection => DetectAsync(call, cancellation),
        HuggingFaceTask.ImageSegmentation => SegmentAsync(call, cancellation),
        _ => ClassifyAsync(call, cancellation),
    };

    private async Task<IResult> ClassifyAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.IsJson ? call.Body.Parse(HuggingFaceJson.Strict.ClassifyPictureBody, ClassifyForm) : new();
        using var picture = PictureOf(call, body.Inputs);
        ScoreFunctions.Require(body.Parameters?.FunctionToApply, call.Model);
        var topK = ModelParameters.TopK(body.Parameters?.TopK);
        if (call.Model.Task == ModelTask.Prediction)
        {
            return await answers.AnswerAsync(
                call,
                picture with { Options = new() { TopK = topK } },
                outputs => LabelScores.Of(((LabelsOutput)outputs[0]).Predictions),
                WireJson.Readable.IReadOnlyListLabelScore,
                cancellation);
        }

        var native = ImageCalls.CallOf(classifier, call.Reference, ((Picture)picture.Inputs[0]).Bytes, topK, cancellation);
        return await calls.AnswerAsync(
            call.Http,
            native.Answering((_, _, run) => LabelScores.Of(run.Predictions), WireJson.Readable.IReadOnlyListLabelScore),
            cancellation);
    }

    private async Task<IResult> DetectAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.IsJson ? call.Body.Parse(HuggingFaceJson.Strict.DetectObjectsBody, DetectForm) : new();
        using var picture = PictureOf(call, body.Inputs);
        var threshold = body.Parameters?.Threshold ?? 0;
        if (threshold is not (>= 0 and <= 1))
        {
            throw RefusedException.BadRequest(
                "invalid_threshold",
                string.Create(CultureInfo.InvariantCulture, $"'parameters.threshold' is {threshold}; allowed: 0 to 1."),
                "parameters.threshold");
        }

        return await answers.AnswerAsync<IReadOnlyList<HuggingFaceObject>>(
            call,
            picture,
            outputs => [.. ((BoxesOutput)outputs[0]).Boxes.Where(b => b.Score >= threshold).Select(ObjectOf)],
            WireJson.Readable.IReadOnlyListHuggingFaceObject,
            cancellation);
    }

    private async Task<IResult> SegmentAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.IsJson ? call.Body.Parse(HuggingFaceJson.Strict.SegmentPictureBody, SegmentForm) : new();
        using var picture = PictureOf(call, body.Inputs);
        if (body.Parameters?.Subtask is { } subtask and not "semantic")
        {
            throw RefusedException.BadRequest(
                "invalid_subtask", $"'parameters.subtask' is '{Page.Short(subtask)}'; allowed: semantic.", "parameters.subtask");
        }

        return await answers.AnswerAsync<IReadOnlyList<HuggingFaceSegment>>(
            call, picture, outputs => SegmentsOf((MaskOutput)outputs[0], cancellation), WireJson.Readable.IReadOnlyListHuggingFaceSegment,
            cancellation);
    }

    /// <exception cref="RefusedException">The JSON has no picture, or it is too large.</exception>
    private PredictCall PictureOf(HuggingFaceCall call, (byte[] Rented, int Length)? given)
    {
        if (!call.Body.IsJson)
        {
            return reader.OfPicture(call.Reference, call.Body.Bytes, rented: null, new());
        }

        var (rented, length) = given ?? throw RefusedException.BadRequest(
            "missing_inputs", "The body has no 'inputs'; it must contain the picture in base64.", "inputs");
        var picture = reader.OfPicture(call.Reference, rented.AsMemory(0, length), rented, new());
        if (length <= reader.MaxFileBytes)
        {
            return picture;
        }

        picture.Dispose();
        throw ImageRequestReader.TooLong(reader.MaxFileBytes);
    }

    private static HuggingFaceObject ObjectOf(Box box) => new(
        box.Label,
        box.Score,
        new(Whole(box.X), Whole(box.Y), Whole(box.X + box.Width), Whole(box.Y + box.Height)));

    private static int Whole(float pixels) => (int)MathF.Round(pixels);

    private static List<HuggingFaceSegment> SegmentsOf(MaskOutput mask, CancellationToken cancellation)
    {
        var segments = new List<HuggingFaceSegment>();
        foreach (var label in PredictAnswers.ClassesOf(mask))
        {
            // Each label of a large picture takes a while.
            cancellation.ThrowIfCancellationRequested();
            segments.Add(new(label.Label, mask.ToPng(label.Index)));
        }

        return segments;
    }
}
