using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Predictions;

/// <summary>A request for a prediction, validated as far as possible without a model.</summary>
/// <param name="Scorer">The scorer of the task.</param>
/// <param name="Model">The model as the caller named it.</param>
/// <param name="Json">The input, in the form of the task's single call.</param>
/// <param name="Units">Units that the prediction costs.</param>
/// <param name="Webhook">The webhook URL that receives the end; null: none.</param>
public sealed record PredictionInput(ITaskScorer Scorer, string Model, byte[] Json, long Units, string? Webhook)
{
    private const string Form = "{\"task\", \"model\", \"input\", \"webhook\"}";

    /// <exception cref="RefusedException">The request is invalid, or too long for its task.</exception>
    public static PredictionInput Parse(ReadOnlySpan<byte> body, TaskScorers scorers)
    {
        var request = JsonBody.Parse(body, RequestJson.Wire.CreatePredictionRequest, Form);
        var scorer = scorers.RequireTask(request.Task);
        var json = InputOf(request.Input, scorer);
        if (json.Length > scorer.MaxBytes)
        {
            throw JsonBody.TooLong(scorer.MaxBytes);
        }

        using var input = scorer.Read(json);
        return new(scorer, ModelParameters.Model(request.Model ?? input.Model), json, input.Units, request.Webhook);
    }

    private static byte[] InputOf(JsonElement? given, ITaskScorer scorer)
    {
        if (given is not { ValueKind: not JsonValueKind.Null } input)
        {
            throw RefusedException.BadRequest(
                "missing_input", $"The body has no 'input'; expected the body of POST {scorer.Endpoint}, without the model.", "input");
        }

        var raw = JsonMarshal.GetRawUtf8Value(input);
        if (input.ValueKind == JsonValueKind.Object)
        {
            return raw.ToArray();
        }

        return scorer.BareMember is { } member
            ? [.. Encoding.UTF8.GetBytes($"{{\"{member}\":"), .. raw, (byte)'}']
            : throw RefusedException.BadRequest(
                "invalid_input", $"'input' is not an object; expected the body of POST {scorer.Endpoint}, without the model.", "input");
    }
}
