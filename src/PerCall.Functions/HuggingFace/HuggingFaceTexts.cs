using System.Numerics.Tensors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Predict;
using PerCall.Functions.Ranking;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tasks;
using PerCall.Functions.Text;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;
using TextInputs = PerCall.Functions.Requests.TextInputs;

namespace PerCall.Functions.HuggingFace;

/// <summary>Answers the tasks whose inputs are texts.</summary>
public sealed class HuggingFaceTexts(
    PredictReader reader, RankingScorer ranking, PipelineAnswers answers, ModelCalls calls, IOptions<TextOptions> options)
{
    private const string ClassifyForm =
        "{\"inputs\", \"parameters\": {\"top_k\", \"function_to_apply\"} or {\"candidate_labels\", \"hypothesis_template\", "
            + "\"multi_label\"}}";

    private const string TokensForm = "{\"inputs\", \"parameters\": {\"aggregation_strategy\", \"ignore_labels\"}}";
    private const string EmbedForm = "{\"inputs\", \"normalize\", \"truncate\", \"dimensions\", \"encoding_format\"}";
    private const string CompareForm = "{\"inputs\": {\"source_sentence\", \"sentences\"}}";

    public Task<IResult> AnswerAsync(HuggingFaceCall call, CancellationToken cancellation) => call.Task switch
    {
        HuggingFaceTask.TokenClassification => LabelTokensAsync(call, cancellation),
        HuggingFaceTask.FeatureExtraction => EmbedAsync(call, cancellation),
        HuggingFaceTask.SentenceSimilarity or HuggingFaceTask.TextRanking => CompareAsync(call, cancellation),
        _ => ClassifyAsync(call, cancellation),
    };

    private Task<IResult> ClassifyAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.Parse(HuggingFaceJson.Strict.ClassifyTextsBody, ClassifyForm);
        var asked = body.Parameters ?? new();
        ScoreFunctions.Require(asked.FunctionToApply, call.Model);
        var candidates = CandidateReader.Read(asked.CandidateLabels, asked.HypothesisTemplate, asked.MultiLabel);
        RequireTask(call, candidates is null ? HuggingFaceTask.TextClassification : HuggingFaceTask.ZeroShotClassification);
        var (texts, topK, characters) = TextRequestReader.Check(
            body.Inputs?.Texts, asked.TopK ?? ModelParameters.MaxTopK, candidates, options.Value, "inputs");
        if (call.Model.Task == ModelTask.Prediction)
        {
            return answers.AnswerAsync<IReadOnlyList<IReadOnlyList<LabelScore>>>(
                call,
                reader.OfTexts(call.Reference, texts, "inputs", new() { TopK = topK }),
                outputs => [.. outputs.Select(o => LabelScores.Of(((LabelsOutput)o).Predictions))],
                WireJson.Readable.IReadOnlyListIReadOnlyListLabelScore,
                cancellation);
        }

        var answered = TextCalls.CallOf(new(call.Reference, texts, topK, candidates, characters), cancellation);
        // The clients expect a list of lists from text classification, also for one text.
        return candidates is not null && !body.Inputs!.IsList
            ? calls.AnswerAsync(
                call.Http,
                answered.Answering(
                    (_, _, run) => LabelScores.Of(run.Texts[0].Predictions), WireJson.Readable.IReadOnlyListLabelScore),
                cancellation)
            : calls.AnswerAsync(
                call.Http,
                answered.Answering<IReadOnlyList<IReadOnlyList<LabelScore>>>(
                    (_, _, run) => [.. run.Texts.Select(t => LabelScores.Of(t.Predictions))],
                    WireJson.Readable.IReadOnlyListIReadOnlyListLabelScore),
                cancellation);
    }

    private Task<IResult> LabelTokensAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.Parse(HuggingFaceJson.Strict.LabelTokensBody, TokensForm);
        if (body.Parameters?.AggregationStrategy is { } strategy and not ("simple" or "first"))
        {
            throw RefusedException.BadRequest(
                "invalid_aggregation_strategy",
                $"'parameters.aggregation_strategy' is '{Page.Short(strategy)}'; allowed: simple, first. Both join the words of a part.",
                "parameters.aggregation_strategy");
        }

        var ignored = body.Parameters?.IgnoreLabels ?? [];
        return answers.AnswerAsync(
            call,
            reader.OfTexts(call.Reference, body.Inputs?.Texts, "inputs", new()),
            body.Inputs?.IsList == true,
            (input, output) => Entities.Of(((Passage)input).Text, (TokensOutput)output, ignored),
            WireJson.Readable.IReadOnlyListHuggingFaceEntity,
            WireJson.Readable.IReadOnlyListIReadOnlyListHuggingFaceEntity,
            cancellation);
    }

    private Task<IResult> EmbedAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.Parse(HuggingFaceJson.Strict.EmbedTextsBody, EmbedForm);
        RequireOwnForm(body, call.Model);
        return answers.AnswerAsync<IReadOnlyList<float>>(
            call,
            reader.OfTexts(call.Reference, body.Inputs?.Texts, "inputs", new() { Dimensions = body.Dimensions }),
            body.Inputs?.IsList == true,
            (_, output) => ((ValuesOutput)output).Values,
            WireJson.Readable.IReadOnlyListSingle,
            WireJson.Readable.IReadOnlyListIReadOnlyListSingle,
            cancellation);
    }

    private Task<IResult> CompareAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.Parse(HuggingFaceJson.Strict.CompareSentencesBody, CompareForm);
        if (body.Inputs is not { SourceSentence: { } source, Sentences: { } sentences })
        {
            throw RefusedException.BadRequest("missing_inputs", $"The body has no inputs; expected {CompareForm}.", "inputs");
        }

        if (call.Model.Task == ModelTask.TextRanking)
        {
            return answers.AnswerAsync<IReadOnlyList<float>>(
                call,
                ranking.OfDocuments(call.Reference, source, sentences, "inputs.source_sentence", "inputs.sentences"),
                outputs => [.. outputs.Select(o => ((ValuesOutput)o).Values[0])],
                WireJson.Readable.IReadOnlyListSingle,
                cancellation);
        }

        TextInputs.Check(sentences, options.Value.MaxCharacters, "inputs.sentences");
        return answers.AnswerAsync<IReadOnlyList<float>>(
            call,
            reader.OfTexts(call.Reference, [source, .. sentences], "inputs", new()),
            outputs => [.. outputs.Skip(1).Select(o => Similarity(outputs[0], o))],
            WireJson.Readable.IReadOnlyListSingle,
            cancellation);
    }

    /// <summary>Refuses labels of the caller's where the path or the model does not allow them, and a call that lacks them.</summary>
    private static void RequireTask(HuggingFaceCall call, HuggingFaceTask task)
    {
        if (call.IsTaskNamed ? call.Task == task : HuggingFaceTasks.Of(call.Model).Contains(task))
        {
            return;
        }

        throw task == HuggingFaceTask.TextClassification
            ? RefusedException.BadRequest(
                "missing_candidate_labels",
                "'parameters.candidate_labels' is missing; zero-shot-classification needs the labels to choose among.",
                "parameters.candidate_labels")
            : RefusedException.BadRequest(
                "unknown_member",
                "'parameters.candidate_labels' is only for zero-shot-classification, by a model for text-classification.",
                "parameters.candidate_labels");
    }

    private static void RequireOwnForm(EmbedTextsBody body, ModelManifest model)
    {
        if (body.EncodingFormat is not (null or "float"))
        {
            throw RefusedException.BadRequest(
                "invalid_encoding_format",
                $"'encoding_format' is '{Page.Short(body.EncodingFormat)}'; allowed: float.",
                "encoding_format");
        }

        if (body.Dimensions is < 1)
        {
            throw RefusedException.BadRequest(
                "invalid_dimensions", $"'dimensions' is {body.Dimensions}; allowed: at least 1.", "dimensions");
        }

        if (body.Truncate == false)
        {
            throw RefusedException.BadRequest(
                "invalid_truncate",
                "'truncate' is false; allowed: true. The model's package says what is cut from long texts.",
                "truncate");
        }

        var own = model.Output?.Normalize == VectorNorm.L2;
        if (body.Normalize is { } normalize && normalize != own)
        {
            throw RefusedException.BadRequest(
                "invalid_normalize",
                $"'normalize' is {Shown(normalize)}; allowed: {Shown(own)}, as the package of the model {model} declares.",
                "normalize");
        }
    }

    private static string Shown(bool value) => value ? "true" : "false";

    /// <summary>Returns the cosine of two vectors; 0 if one has no direction.</summary>
    private static float Similarity(ModelOutput one, ModelOutput other)
    {
        var cosine = TensorPrimitives.CosineSimilarity(((ValuesOutput)one).Values, ((ValuesOutput)other).Values);
        return float.IsNaN(cosine) ? 0 : cosine;
    }
}
