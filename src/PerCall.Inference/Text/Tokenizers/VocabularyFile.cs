using System.Text.Json;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>A vocabulary with one token per line. A token's id is its line number, starting at 0.</summary>
internal static class VocabularyFile
{
    /// <summary>Reads a vocabulary with one token per line, or, from a <c>.json</c>, an object of ids by token.</summary>
    /// <exception cref="ModelCorruptException">A token or an id occurs twice, an id is negative, or the file is empty.</exception>
    public static Dictionary<string, int> Words(string path)
    {
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return Read(path);
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<int>();
        foreach (var token in json.RootElement.EnumerateObject())
        {
            ids[token.Name] = token.Value.TryGetInt32(out var id) && id >= 0 && seen.Add(id) ? id : throw new ModelCorruptException(
                $"{Path.GetFileName(path)} gives the token '{token.Name}' the id {token.Value}; expected a different number from 0 on "
                    + "for each token.");
        }

        return ids.Count > 0 ? ids : throw new ModelCorruptException($"{Path.GetFileName(path)} is empty; expected ids by token.");
    }

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
