using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Predict;
using PerCall.Functions.Requests;
using PerCall.Functions.Tasks;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Functions.HuggingFace;

/// <summary>Answers the tasks whose inputs are rows of a table.</summary>
public sealed class HuggingFaceTables(PipelineAnswers answers, ModelCalls calls)
{
    private const string Form = "{\"inputs\": {\"data\": {\"<column>\": [...]}}}";

    public Task<IResult> AnswerAsync(HuggingFaceCall call, CancellationToken cancellation)
    {
        var body = call.Body.Parse(HuggingFaceJson.Strict.PredictTableBody, Form);
        var rows = body.Inputs?.Data ?? throw RefusedException.BadRequest(
            "missing_inputs", $"The body has no 'inputs.data'; expected {Form}.", "inputs.data");
        var inputs = PredictReader.OfRows(call.Reference, rows, "inputs.data", new() { TopK = 1 });
        if (call.Task == HuggingFaceTask.TabularClassification)
        {
            return ClassifyAsync(call, inputs, cancellation);
        }

        return HasOneValue(call.Model)
            ? answers.AnswerAsync<IReadOnlyList<float>>(
                call, inputs, outputs => [.. outputs.Select(o => ((ValuesOutput)o).Values[0])], WireJson.Readable.IReadOnlyListSingle,
                cancellation)
            : answers.AnswerAsync<IReadOnlyList<IReadOnlyList<float>>>(
                call, inputs, outputs => [.. outputs.Select(o => ((ValuesOutput)o).Values)],
                WireJson.Readable.IReadOnlyListIReadOnlyListSingle, cancellation);
    }

    private Task<IResult> ClassifyAsync(HuggingFaceCall call, PredictCall inputs, CancellationToken cancellation)
    {
        string[] labels = [];
        var classify = answers.CallOf<IReadOnlyList<double>>(
            call, inputs, outputs => ClassesOf(outputs, labels), WireJson.Readable.IReadOnlyListDouble, cancellation);
        return calls.AnswerAsync(
            call.Http,
            classify with
            {
                Run = (model, use) =>
                {
                    labels = [.. model.Labels];
                    return classify.Run(model, use);
                },
            },
            cancellation);
    }

    /// <summary>
    /// Returns the best label of each row as a number, because the clients refuse anything else: the label itself if all labels are
    /// numbers, else its index in the model's list.
    /// </summary>
    public static IReadOnlyList<double> ClassesOf(IReadOnlyList<ModelOutput> outputs, IList<string> labels)
    {
        var numbers = new double[labels.Count];
        var areNumbers = true;
        for (var i = 0; i < numbers.Length; i++)
        {
            areNumbers &= double.TryParse(labels[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                && double.IsFinite(numbers[i]);
        }

        return [.. outputs.Select(o => ((LabelsOutput)o).Predictions[0]).Select(best =>
        {
            var index = best.Index ?? labels.IndexOf(best.Label);
            return areNumbers ? numbers[index] : index;
        })];
    }

    private static bool HasOneValue(ModelManifest model) =>
        model.Outputs.First(o => o.Name == model.Output!.Tensor).Shape.Skip(1).All(d => d == 1);
}
