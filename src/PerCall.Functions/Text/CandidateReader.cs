using PerCall.Functions.Requests;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary>Reads the labels that a caller chooses, and rejects what can be rejected without a model.</summary>
public static class CandidateReader
{
    private const string DefaultTemplate = "This example is {}.";
    private const int MostLabels = 100;
    private const int MostPairs = 1024;
    private const int MostCharacters = 1000;

    /// <returns>The labels; null: the caller wants the model's own.</returns>
    /// <exception cref="RefusedException">A member is invalid.</exception>
    public static CandidateLabels? Read(IReadOnlyList<string>? labels, string? template, bool? independent)
    {
        if (labels is null)
        {
            return template is null && independent is null
                ? null
                : throw RefusedException.BadRequest(
                    "missing_candidate_labels",
                    $"'{(template is null ? "multi_label" : "hypothesis_template")}' is only for a call with 'candidate_labels'.",
                    "candidate_labels");
        }

        if (labels.Count is < 1 or > MostLabels
            || labels.Any(l => string.IsNullOrWhiteSpace(l) || l.Length > MostCharacters)
            || labels.Distinct(StringComparer.Ordinal).Count() != labels.Count)
        {
            throw RefusedException.BadRequest(
                "invalid_candidate_labels",
                $"'candidate_labels' must be 1 to {MostLabels} different texts of 1 to {MostCharacters} characters.",
                "candidate_labels");
        }

        template ??= DefaultTemplate;
        return template.Split(CandidateLabels.Place).Length == 2 && template.Length <= MostCharacters
            ? new(labels, template, independent == true)
            : throw RefusedException.BadRequest(
                "invalid_hypothesis_template",
                $"'hypothesis_template' must have {CandidateLabels.Place} once, in the place of a label, and at most {MostCharacters} "
                    + "characters.",
                "hypothesis_template");
    }

    /// <summary>Returns the number of characters of all pairs of a text with a label's sentence.</summary>
    /// <param name="candidates">The labels.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="characters">The number of characters of all texts.</param>
    /// <exception cref="RefusedException">There are too many pairs.</exception>
    public static long Characters(CandidateLabels candidates, IReadOnlyList<string> texts, long characters)
    {
        var labels = candidates.Labels.Count;
        return texts.Count * labels <= MostPairs
            ? (characters * labels) + (texts.Count * candidates.Hypotheses.Sum(h => (long)Inference.Text.Characters.Count(h)))
            : throw RefusedException.BadRequest(
                "too_many_pairs",
                $"'input' has {texts.Count} texts and 'candidate_labels' {labels} labels, {texts.Count * labels} pairs; "
                    + $"allowed: {MostPairs}.",
                "candidate_labels");
    }
}
