using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Providers;

namespace PerCall.Functions.LargeModels;

/// <summary>Redacts what is sent to a provider, if the plan or the caller wants it.</summary>
public sealed class BodyRedaction(Redactor redactor)
{
    /// <summary>The request header. <c>true</c> redacts; <c>false</c> does not, unless the plan does.</summary>
    public const string Header = "x-percall-redact";

    /// <summary>Replaces personal data and secrets in a body by placeholders, if the plan or the caller wants it.</summary>
    /// <returns>The replaced values; null: nothing was replaced.</returns>
    /// <exception cref="RefusedException">400: the header has another value, or the body has tokens instead of text.</exception>
    public RedactionMap? Apply(HttpContext http, LargeModelEndpoint endpoint, JsonObject body) =>
        IsWanted(http) ? Redact(endpoint, body) : null;

    /// <summary>Replaces personal data and secrets in a body by placeholders.</summary>
    /// <returns>The replaced values; null: nothing was replaced.</returns>
    /// <exception cref="RefusedException">400: the body has tokens instead of text.</exception>
    public RedactionMap? Redact(LargeModelEndpoint endpoint, JsonObject body)
    {
        if (endpoint == LargeModelEndpoint.Embeddings && HasTokens(body["input"]))
        {
            throw RefusedException.BadRequest(
                "tokens_not_redactable",
                "'input' has numbers of tokens, which cannot be redacted, but the plan or the call asks for redaction; send text.",
                "input");
        }

        return redactor.RedactBody(body) is { IsEmpty: false } map ? map : null;
    }

    /// <summary>
    /// Replaces personal data and secrets in the prompt of a transcription by placeholders, if the plan or the caller wants it. The file's
    /// name then leaves as <c>audio</c> with its extension. The audio stays as it is.
    /// </summary>
    /// <returns>The form to send, and the replaced values; null: nothing was replaced.</returns>
    /// <exception cref="RefusedException">400: the header has another value.</exception>
    public (AudioForm Form, RedactionMap? Map) Apply(HttpContext http, AudioForm form)
    {
        if (!IsWanted(http))
        {
            return (form, null);
        }

        var map = RedactionMap.For(form.Fields.Where(IsPrompt).Select(f => f.Value));
        var redacted = form with
        {
            Fields = [.. form.Fields.Select(f => IsPrompt(f) ? new(f.Key, redactor.Redact(f.Value, map).Text) : f)],
            FileName = $"audio{Path.GetExtension(form.FileName)}",
        };
        return (redacted, map.IsEmpty ? null : map);
    }

    private static bool IsPrompt(KeyValuePair<string, string> field) => field.Key.Equals("prompt", StringComparison.OrdinalIgnoreCase);

    private static bool HasTokens(JsonNode? input) =>
        input is JsonArray entries && entries.Any(e => e is JsonArray || e?.GetValueKind() == JsonValueKind.Number);

    private static bool IsWanted(HttpContext http)
    {
        var header = http.Request.Headers[Header];
        var asked = header.Count > 0 && header.ToString() switch
        {
            "true" => true,
            "false" => false,
            var other => throw RefusedException.BadRequest(
                "invalid_redact", $"'{Header}' is '{Page.Short(other)}'; allowed: true, false.", Header),
        };

        // A plan that redacts is a promise to the people whose data it is; a caller cannot switch it off.
        return asked || Caller.Of(http)?.Terms.Redact == true;
    }
}
