using System.Globalization;

namespace PerCall.Inference.Publishing;

/// <summary>Compares expected with actual answers.</summary>
internal static class GoldenAnswers
{
    /// <summary>Returns the difference as a sentence; null when there is none.</summary>
    public static string? Compare(
        string input, float tolerance, IReadOnlyList<(string Name, float Score)> expected, IReadOnlyList<(string Name, float Score)> actual)
    {
        // Written so that NaN never passes.
        var same = expected.Count == actual.Count
            && expected.Zip(actual).All(p => p.First.Name == p.Second.Name && Math.Abs(p.First.Score - p.Second.Score) <= tolerance);
        return same ? null : $"is not reproduced for {input}: expected {Show(expected)}, got {Show(actual)}.";
    }

    /// <summary>Compares only the best label: the probabilities of large models vary between runs.</summary>
    /// <returns>The difference as a sentence; null when there is none.</returns>
    public static string? CompareLabel(string input, string expected, string actual) =>
        expected == actual
            ? null
            : $"is not reproduced for {input}: expected {expected}, got {actual}.";

    /// <summary>Returns labels with scores as text.</summary>
    public static string Show(IEnumerable<(string Name, float Score)> answers) =>
        string.Join(", ", answers.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Name} {a.Score:0.####}")));
}
