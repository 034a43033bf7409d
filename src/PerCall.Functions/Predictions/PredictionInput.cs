using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Predictions;

/// <summary>A request for a prediction, checked as far as that needs no model.</summary>
/// <param name="Scorer">Of its task.</param>
/// <param name="Model">As the caller named it.</param>
/// <param name="Json">The input as the task's single call takes it.</param>
/// <param name="Units">What it will be charged.</param>
/// <param name="Webhook">An address to be told of the end, or null.</param>
public sealed record PredictionInput(ITaskScorer Scorer, string Model, byte[] Json, long Units, string? Webhook)
{
    private const string Form = "{\"task\", \"model\", \"input\", \"webhook\"}";

    /// <exception cref="RefusedException">It is not of the form, or too long for its task.</exception>
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
