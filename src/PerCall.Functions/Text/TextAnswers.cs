using PerCall.Client.Wire;
using PerCall.Inference.Packages;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>Converts labels of texts to the API's form.</summary>
public static class TextAnswers
{
    public static ClassifyTextResponse Of(string id, ModelManifest manifest, IReadOnlyList<ClassifiedText> texts, long characters) => new()
    {
        Id = id,
        Model = manifest.Name,
        Version = manifest.Version,
        Results = [.. texts.Select((text, i) => new TextLabels
        {
            Index = i,
            Predictions = [.. text.Predictions.Select(p => new LabelScore(p.Label, p.Score, p.Index))],
            Labels = text.Labels,
            Truncated = text.Truncated,
        })],
        Usage = new(characters, texts.Sum(t => (long)t.Tokens)),
    };
}
