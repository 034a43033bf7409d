using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;

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
        var (texts, characters) = TextInputs.Check(input, options.MaxCharacters);
        return (texts, count, characters);
    }
}
