using System.Text.Json;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>The special tokens that a <c>tokenizer.json</c> puts around a text, and around and between two texts.</summary>
/// <param name="Start">Tokens before a text.</param>
/// <param name="Separator">Tokens between the texts of a pair.</param>
/// <param name="End">Tokens after a text, or after the second one.</param>
/// <param name="SecondType">Whether the second text of a pair has the token type 1.</param>
internal sealed record TokenTemplate(
    IReadOnlyList<string> Start, IReadOnlyList<string> Separator, IReadOnlyList<string> End, bool SecondType)
{
    private static readonly TokenTemplate Nothing = new([], [], [], false);

    /// <summary>Reads a post-processor; undefined for none.</summary>
    /// <exception cref="ModelCorruptException">Its type is unknown.</exception>
    public static TokenTemplate From(JsonElement post)
    {
        if (post.ValueKind == JsonValueKind.Undefined)
        {
            return Nothing;
        }

        switch (TokenizerJson.Text(post, "type"))
        {
            case "TemplateProcessing":
                return FromTemplate(post);

            case "BertProcessing":
                var separator = post.GetProperty("sep")[0].GetString()!;
                return new([post.GetProperty("cls")[0].GetString()!], [separator], [separator], true);

            case "RobertaProcessing":
                var end = post.GetProperty("sep")[0].GetString()!;
                return new([post.GetProperty("cls")[0].GetString()!], [end, end], [end], false);

            case "Sequence":
                return TokenizerJson.Items(post, "processors").Select(From).FirstOrDefault(t => t.Start.Count + t.End.Count > 0) ?? Nothing;

            case "ByteLevel":
                return Nothing;

            case var type:
                throw new ModelCorruptException(
                    $"its post_processor is '{type}'; allowed: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence");
        }
    }

    private static TokenTemplate FromTemplate(JsonElement post)
    {
        var (start, _, end, _) = Parts(post, "single");
        var (_, between, _, second) = Parts(post, "pair");
        return new(start, between, end, second);
    }

    /// <summary>Returns the tokens before, between and behind the texts of a template.</summary>
    private static (List<string> Before, List<string> Between, List<string> Behind, bool SecondType) Parts(JsonElement post, string name)
    {
        var (parts, second) = (new List<List<string>> { new() }, false);
        foreach (var piece in TokenizerJson.Items(post, name))
        {
            if (piece.TryGetProperty("Sequence", out var text))
            {
                second |= parts.Count > 1 && text.GetProperty("type_id").GetInt32() == 1;
                parts.Add([]);
            }
            else
            {
                var token = piece.GetProperty("SpecialToken").GetProperty("id").GetString()!;
                parts[^1].AddRange(TokenizerJson.Items(
                    TokenizerJson.Member(TokenizerJson.Member(post, "special_tokens"), token), "tokens").Select(t => t.GetString()!)
                    .DefaultIfEmpty(token));
            }
        }

        return (parts[0], parts.Count > 2 ? parts[1] : [], parts[^1], second);
    }
}
