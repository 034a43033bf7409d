namespace PerCall.Inference.Text.Tokenizers;

/// <summary>A vocabulary with one token per line. A token's id is its line number, starting at 0.</summary>
internal static class VocabularyFile
{
    /// <exception cref="ModelCorruptException">A token occurs twice, or the file is empty.</exception>
    public static Dictionary<string, int> Read(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var line = 0;
        foreach (var token in File.ReadLines(path))
        {
            if (!ids.TryAdd(token, line++))
            {
                throw new ModelCorruptException(
                    $"{Path.GetFileName(path)} contains the token '{token}' twice, on lines {ids[token] + 1} and {line}.");
            }
        }

        return ids.Count > 0 ? ids : throw new ModelCorruptException($"{Path.GetFileName(path)} is empty; expected one token per line.");
    }
}
