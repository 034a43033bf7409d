using System.Text.Json.Nodes;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Batches.Calls;

/// <summary>Reads rows that are calls on a large model, and checks them as the single call does.</summary>
/// <param name="path">The path of the single call.</param>
/// <param name="endpoint">The call.</param>
/// <param name="maxBytes">Maximum size of one row in bytes.</param>
/// <param name="route">The model that answers the rows; null: it is not known yet, and rows are only parsed.</param>
/// <param name="limits">What the plan and the service allow one call; needed with a route.</param>
/// <param name="redaction">Redacts rows before they are counted; null: rows are sent as they are.</param>
public sealed class CallReader(
    string path, LargeModelEndpoint endpoint, int maxBytes, LargeModelRoute? route = null, CallLimits? limits = null,
    BodyRedaction? redaction = null) : IInputReader
{
    public string Endpoint => path;

    public LargeModelEndpoint Call => endpoint;

    /// <summary>The model that answers the rows.</summary>
    /// <exception cref="InvalidOperationException">The model is not known yet.</exception>
    public LargeModelRoute Route => route ?? throw new InvalidOperationException("The batch has no model yet.");

    public int MaxBytes => maxBytes;

    public IReadOnlyCollection<string> TextMembers => [];

    public IReadOnlyCollection<string> JsonMembers => [];

    public IReadOnlyList<IReadOnlyList<string>> Subjects => [];

    public IReadOnlyList<string> Columns => [];

    public string? BareMember => null;

    /// <summary>Returns the same reader for a model.</summary>
    public CallReader For(LargeModelRoute model, CallLimits allowed, BodyRedaction? redacts) =>
        new(path, endpoint, maxBytes, model, allowed, redacts);

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false)
    {
        try
        {
            var body = RequestBody.Parse(json);
            var model = ModelOf(body);
            if (IsStream(body))
            {
                throw RefusedException.BadRequest(
                    "stream_in_batch", "'stream' is true, but the rows of a batch are answered as a whole; leave it out.", "stream");
            }

            if (route is null || (model is not null && model != route.Model))
            {
                return new CallInput(model, body, Facts: null);
            }

            body["model"] = route.Model;
            var redacted = redaction?.Redact(endpoint, body);
            return new CallInput(model, body, RequestChecks.Check(endpoint, body, route, limits!)) { Redaction = redacted };
        }
        catch (LargeModelRefusedException e)
        {
            throw new RefusedException(e.Status, e.Code, e.Message, e.Param, e);
        }
    }

    private static string? ModelOf(JsonObject body) => body["model"] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var name) => name,
        _ => throw RefusedException.BadRequest("invalid_model", "'model' must be text.", "model"),
    };

    private static bool IsStream(JsonObject body) => body["stream"] is JsonValue value && value.TryGetValue<bool>(out var on) && on;
}
