using System.Text.RegularExpressions;

namespace PerCall.Inference.Deriving;

/// <summary>Reads the head of a model card of Hugging Face, the lines between <c>---</c> at its start.</summary>
internal static partial class ModelCard
{
    private const int MaxLines = 200;

    /// <summary>Returns the licence and where it is; null if no file says it.</summary>
    public static (string License, string Source)? License(ModelFolder folder)
    {
        if (folder.Find("README.md") is not { } card || File.ReadLines(folder.Full(card)).FirstOrDefault()?.Trim() != "---")
        {
            return null;
        }

        return File.ReadLines(folder.Full(card)).Skip(1).Take(MaxLines).TakeWhile(l => l.Trim() != "---")
            .Select(l => Line().Match(l)).FirstOrDefault(m => m.Success) is { } match
            ? (match.Groups["license"].Value.Trim(), $"{card}: license")
            : null;
    }

    [GeneratedRegex("""^license:\s*"?(?<license>[^"#]+)"?""")]
    private static partial Regex Line();
}
