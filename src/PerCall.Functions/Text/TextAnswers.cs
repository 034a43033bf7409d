using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>Converts labels of texts to the API's form.</summary>
public static class TextAnswers
{
    /// <param name="id">The id of the answer.</param>
    /// <param name="manifest">The called model.</param>
    /// <param name="texts">The labels.</param>
    /// <param name="characters">The number of characters of all texts.</param>
    /// <param name="fallback">The model that answered instead of the called one; null: none did.</param>
    public static ClassifyTextResponse Of(
        string id, ModelManifest manifest, IReadOnlyList<ClassifiedText> texts, long characters, ModelManifest? fallback = null) => new()
        {
            Id = id,
            Model = manifest.Name,
            Version = manifest.Version,
            Results = [.. texts.Select((text, i) => new TextLabels
            {
                Index = i,
                Predictions = LabelScores.Of(text.Predictions),
                Labels = text.Labels,
                Truncated = text.Truncated,
                Model = manifest.Fallback is null ? null : (text.Fallback == FallbackState.Answered ? fallback! : manifest).ToString(),
                Fallback = LabelScores.NameOf(text.Fallback),
            })],
            Usage = new(characters, texts.Sum(t => (long)t.Tokens)),
        };

    /// <summary>
    /// Returns which model answered how much. The characters of each model's texts are rounded up, as in a call with these texts alone.
    /// </summary>
    public static AnswerShares SharesOf(IReadOnlyList<ClassifiedText> texts, IReadOnlyList<string> inputs, ModelManifest? fallback)
    {
        var (own, theirs) = (new Sum(), new Sum());
        foreach (var (text, input) in texts.Zip(inputs))
        {
            (text.Fallback == FallbackState.Answered ? theirs : own).Add(Inference.Text.Characters.Count(input), text.Cost);
        }

        return new(
            own.Units, own.Cost, fallback is null ? null : new(fallback.Name, fallback.Version, theirs.Units, theirs.Cost));
    }

    private sealed class Sum
    {
        private long _characters;
        private int _texts;

        public long Units => _texts == 0 ? 0 : Inference.Text.Characters.Units(_characters);

        public long? Cost { get; private set; }

        public void Add(int characters, long? cost)
        {
            _texts++;
            _characters += characters;
            Cost = cost is { } known ? (Cost ?? 0) + known : Cost;
        }
    }
}
