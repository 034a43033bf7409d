using System.Globalization;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text;

/// <summary>Texts for a large model. An example contains its text.</summary>
internal sealed class LargeTextInputs : LargeModelInputs
{
    public override int MaxExamples => 64;

    public override string? Check(ModelManifest manifest, string input)
    {
        var (characters, most) = (Characters.Count(input), manifest.LargeModel!.MaxCharacters);
        return characters >= 1 && characters <= most
            ? null
            : string.Create(
                CultureInfo.InvariantCulture, $"has {characters} characters; allowed: 1 to {most} (large_model.max_characters).");
    }

    public override Task<LabelInput> ReadAsync(LargeModelRules rules, string folder, string input, CancellationToken cancellation) =>
        Task.FromResult(new LabelInput(input, null));
}
