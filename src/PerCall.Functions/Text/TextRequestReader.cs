using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>A validated request to classify texts.</summary>
/// <param name="Model">The model's reference.</param>
/// <param name="Texts">1 to 256 texts.</param>
/// <param name="TopK">Labels per text, at least 1.</param>
/// <param name="Characters">Total characters of all texts.</param>
public sealed record TextCall(string Model, IReadOnlyList<string> Texts, int TopK, long Characters);

/// <summary>Reads a request to classify texts, and rejects what can be rejected without a model.</summary>
public sealed class TextRequestReader
{
    private const int MaxInputs = 256;

    private readonly TextOptions _options;

    public TextRequestReader(IOptions<TextOptions> options) => _options = options.Value;

    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public async Task<TextCall> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.ClassifyTextRequest, "{\"input\", \"model\", \"top_k\"}", _options.MaxBytes, cancellation);
        var (texts, topK, characters) = Check(body.Input, body.TopK, _options);
        return new(ModelParameters.Model(body.Model), texts, topK, characters);
    }

    /// <summary>Validates a body, except for the model's name.</summary>
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public static (
        IReadOnlyList<string> Texts, int TopK, long Characters) Check(IReadOnlyList<string>? input, int? topK, TextOptions options)
    {
        var count = ModelParameters.TopK(topK);
        if (input is not { } texts)
        {
            throw RefusedException.BadRequest(
                "missing_input", "The body has no 'input'; it must contain a text or an array of texts.", "input");
        }

        return texts.Count is >= 1 and <= MaxInputs
            ? (texts, count, Count(texts, options.MaxCharacters))
            : throw RefusedException.BadRequest(
                "invalid_input_count", $"'input' has {texts.Count} texts; allowed: 1 to {MaxInputs}.", "input");
    }

    private static long Count(IReadOnlyList<string> texts, int maxCharacters)
    {
        long all = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            var characters = Characters.Count(texts[i]);
            if (characters > maxCharacters)
            {
                var param = texts.Count == 1 ? "input" : $"input[{i}]";
                throw new RefusedException(
                    StatusCodes.Status413PayloadTooLarge,
                    "text_too_long",
                    $"'{param}' has {characters:N0} characters; allowed: at most {maxCharacters:N0}.",
                    param);
            }

            all += characters;
        }

        return all;
    }
}
