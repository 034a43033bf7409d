using Microsoft.AspNetCore.Http;
using PerCall.Inference.Text;

namespace PerCall.Functions.Requests;

/// <summary>Checks the texts that calls take as <c>input</c>.</summary>
public static class TextInputs
{
    private const int Most = 256;

    /// <summary>Returns the texts, and the number of their characters together.</summary>
    /// <param name="input">The texts of the body; null: the body has none.</param>
    /// <param name="maxCharacters">Maximum number of characters of one text.</param>
    /// <param name="member">The member of the body that has the texts.</param>
    /// <exception cref="RefusedException">There are no texts, too many, or one is too long.</exception>
    public static (IReadOnlyList<string> Texts, long Characters) Check(
        IReadOnlyList<string>? input, int maxCharacters, string member = "input")
    {
        if (input is not { } texts)
        {
            throw RefusedException.BadRequest(
                "missing_input", $"The body has no '{member}'; it must contain a text or an array of texts.", member);
        }

        return texts.Count is >= 1 and <= Most
            ? (texts, Count(texts, maxCharacters, member))
            : throw RefusedException.BadRequest(
                "invalid_input_count", $"'{member}' has {texts.Count} texts; allowed: 1 to {Most}.", member);
    }

    private static long Count(IReadOnlyList<string> texts, int maxCharacters, string member)
    {
        long all = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            var characters = Characters.Count(texts[i]);
            if (characters > maxCharacters)
            {
                var param = texts.Count == 1 ? member : $"{member}[{i}]";
                throw new RefusedException(
                    StatusCodes.Status413PayloadTooLarge,
                    "text_too_long",
                    $"'{param}' has {characters:N0} characters; allowed: at most {maxCharacters:N0}.",
                    param);
            }

            all += characters;
        }

        return all;
    }
}
