using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>A call for the labels of texts, checked.</summary>
/// <param name="Model">The model's reference.</param>
/// <param name="Texts">1 to 256.</param>
/// <param name="TopK">1 or more.</param>
/// <param name="Characters">Of all texts.</param>
public sealed record TextCall(string Model, IReadOnlyList<string> Texts, int TopK, long Characters);

/// <summary>Reads a call for the labels of texts, and refuses what no model needs to be asked for.</summary>
public sealed class TextRequestReader
{
    private const int MaxInputs = 256;

    private readonly TextOptions _options;

    internal TextRequestReader(IOptions<TextOptions> options) => _options = options.Value;

    /// <exception cref="RefusedException">The body is not what the call takes.</exception>
    public async Task<TextCall> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(request, WireJson.Default.ClassifyTextRequest, "{\"input\", \"model\", \"top_k\"}", _options.MaxBytes, cancellation);
        var topK = ModelParameters.TopK(body.TopK);
        var model = ModelParameters.Model(body.Model);
        if (body.Input is not { } texts)
        {
            throw RefusedException.BadRequest("missing_input", "The body has no 'input'; it holds a text, or an array of texts.", "input");
        }

        if (texts.Count is < 1 or > MaxInputs)
        {
            throw RefusedException.BadRequest("invalid_input_count", $"'input' has {texts.Count} texts; 1 to {MaxInputs} are taken in one call.", "input");
        }

        return new(model, texts, topK, Count(texts));
    }

    private long Count(IReadOnlyList<string> texts)
    {
        long all = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            var characters = Characters.Count(texts[i]);
            if (characters > _options.MaxCharacters)
            {
                var param = texts.Count == 1 ? "input" : $"input[{i}]";
                throw new RefusedException(StatusCodes.Status413PayloadTooLarge, "text_too_long", $"'{param}' has {characters:N0} characters; {_options.MaxCharacters:N0} are taken.", param);
            }

            all += characters;
        }

        return all;
    }
}
