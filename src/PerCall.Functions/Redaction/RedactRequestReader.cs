using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Inference.Redaction;

namespace PerCall.Functions.Redaction;

/// <summary>A validated request to redact texts.</summary>
/// <param name="Texts">1 to 256 texts.</param>
/// <param name="Kinds">The kinds to redact, each once.</param>
/// <param name="Characters">Total characters of all texts.</param>
public sealed record RedactCall(IReadOnlyList<string> Texts, IReadOnlyList<RedactionKind> Kinds, long Characters);

/// <summary>Reads a request to redact texts.</summary>
public sealed class RedactRequestReader(IOptions<RedactionOptions> options, Redactor redactor)
{
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public async Task<RedactCall> ReadAsync(HttpRequest request, CancellationToken cancellation) => Check(
        await JsonBody.ReadAsync(
            request, RequestJson.Wire.RedactTextRequest, "{\"input\", \"kinds\"}", options.Value.MaxBytes, cancellation));

    /// <summary>Validates a body.</summary>
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public RedactCall Check(RedactTextRequest body)
    {
        var (texts, characters) = TextInputs.Check(body.Input, options.Value.MaxCharacters);
        return new(texts, Kinds(body.Kinds), characters);
    }

    private IReadOnlyList<RedactionKind> Kinds(IReadOnlyList<string?>? names)
    {
        if (names is null)
        {
            return redactor.Kinds;
        }

        var kinds = new List<RedactionKind>();
        foreach (var (index, name) in names.Index())
        {
            if (name is null || RedactionKinds.Parse(name) is not { } kind || !redactor.Kinds.Contains(kind))
            {
                throw RefusedException.BadRequest(
                    "invalid_kind", $"'kinds[{index}]' is '{Page.Short(name ?? "null")}'; allowed: {Allowed()}.", $"kinds[{index}]");
            }

            kinds.Add(kind);
        }

        return kinds.Count > 0
            ? [.. kinds.Distinct()]
            : throw RefusedException.BadRequest("invalid_kind", $"'kinds' is empty; allowed: {Allowed()}.", "kinds");
    }

    private string Allowed() => string.Join(", ", redactor.Kinds.Select(RedactionKinds.NameOf));
}
