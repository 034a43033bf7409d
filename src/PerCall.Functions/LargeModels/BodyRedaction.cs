using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Inference.Redaction;

namespace PerCall.Functions.LargeModels;

/// <summary>Redacts what is sent to a provider, if the plan or the caller wants it.</summary>
public sealed class BodyRedaction(Redactor redactor)
{
    /// <summary>The request header. <c>true</c> redacts; <c>false</c> does not, unless the plan does.</summary>
    public const string Header = "x-percall-redact";

    /// <summary>Replaces personal data and secrets in a body by placeholders.</summary>
    /// <returns>The replaced values; null: nothing was replaced.</returns>
    /// <exception cref="RefusedException">400: the header has another value.</exception>
    public RedactionMap? Apply(HttpContext http, JsonObject body) =>
        IsWanted(http) && redactor.RedactBody(body) is { IsEmpty: false } map ? map : null;

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
