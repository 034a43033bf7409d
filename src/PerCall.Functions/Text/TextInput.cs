using PerCall.Functions.Scoring;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>One text, or several texts that are answered together.</summary>
public sealed record TextInput(string? Model, IReadOnlyList<string> Texts, int TopK, CandidateLabels? Candidates, long Characters)
    : TaskInput(Model)
{
    public override long Units => Inference.Text.Characters.Units(Characters);

    public override int Count => Texts.Count;
}
