using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Inference.Redaction;
using PerCall.Inference.Text;

namespace PerCall.Functions.Redaction;

/// <summary>A validated request to redact texts.</summary>
/// <param name="Texts">1 to 256 texts.</param>
/// <param name="Kinds">The kinds to redact, each once.</param>
/// <param name="Characters">Total characters of all texts.</param>
public sealed record RedactCall(IReadOnlyList<string> Texts, IReadOnlyList<RedactionKind> Kinds, long Characters);

/// <summary>Reads a request to redact texts.</summary>
public sealed class RedactRequestReader(IOptions<RedactionOptions> options, Redactor redactor)
{
    private const int MaxInputs = 256;

    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public async Task<RedactCall> ReadAsync(HttpRequest request, CancellationToken cancellation) => Check(
        await JsonBody.ReadAsync(
            request, RequestJson.Wire.RedactTextRequest, "{\"input\", \"kinds\"}", options.Value.MaxBytes, cancellation));

    /// <summary>Validates a body.</summary>
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public RedactCall Check(RedactTextRequest body)
    {
        if (body.Input is not { } texts)
        {
            throw RefusedException.BadRequest(
                "missing_input", "The body has no 'input'; it must contain a text or an array of texts.", "input");
        }

        return texts.Count is >= 1 and <= MaxInputs
            ? new(texts, Kinds(body.Kinds), Count(texts))
            : throw RefusedException.BadRequest(
                "invalid_input_count", $"'input' has {texts.Count} texts; allowed: 1 to {MaxInputs}.", "input");
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

    private long Count(IReadOnlyList<string> texts)
    {
        long all = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            var characters = Characters.Count(texts[i]);
            if (characters > options.Value.MaxCharacters)
            {
                var param = texts.Count == 1 ? "input" : $"input[{i}]";
                throw new RefusedException(
                    StatusCodes.Status413PayloadTooLarge,
                    "text_too_long",
                    $"'{param}' has {characters:N0} characters; allowed: at most {options.Value.MaxCharacters:N0}.",
                    param);
            }

            all += characters;
        }

        return all;
    }
}
