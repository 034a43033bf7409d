using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>A validated request to classify texts.</summary>
/// <param name="Model">The model's reference.</param>
/// <param name="Texts">1 to 256 texts.</param>
/// <param name="TopK">Labels per text, at least 1.</param>
/// <param name="Candidates">The labels that the caller chooses; null for the model's own.</param>
/// <param name="Characters">Characters that the model reads: of all texts, or of all pairs of a text with a label's sentence.</param>
public sealed record TextCall(string Model, IReadOnlyList<string> Texts, int TopK, CandidateLabels? Candidates, long Characters);

/// <summary>Reads a request to classify texts, and rejects what can be rejected without a model.</summary>
public sealed class TextRequestReader
{
    /// <summary>The form of a body, as an error message shows it.</summary>
    public const string Form =
        "{\"input\", \"model\", \"top_k\", \"candidate_labels\", \"hypothesis_template\", \"multi_label\"}";

    private readonly TextOptions _options;

    public TextRequestReader(IOptions<TextOptions> options) => _options = options.Value;

    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public async Task<TextCall> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.ClassifyTextRequest, Form, _options.MaxBytes, cancellation);
        var candidates = CandidateReader.Read(body.CandidateLabels, body.HypothesisTemplate, body.MultiLabel);
        var (texts, topK, characters) = Check(body.Input, body.TopK, candidates, _options);
        return new(ModelParameters.Model(body.Model), texts, topK, candidates, characters);
    }

    /// <summary>Validates a body, except for the model's name.</summary>
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public static (
        IReadOnlyList<string> Texts, int TopK, long Characters) Check(
        IReadOnlyList<string>? input, int? topK, CandidateLabels? candidates, TextOptions options, string member = "input")
    {
        var count = ModelParameters.TopK(topK);
        var (texts, characters) = TextInputs.Check(input, options.MaxCharacters, member);
        return (texts, count, candidates is null ? characters : CandidateReader.Characters(candidates, texts, characters));
    }
}
