using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.Inference.Deriving;

/// <summary>What a <c>tokenizer.json</c> says of its special tokens.</summary>
internal sealed record PublishedTokenizer(string? Start, string? End, IReadOnlyList<string> Separator, string? Padding)
{
    public static PublishedTokenizer Read(string path)
    {
        using var stream = File.OpenRead(path);
        var root = JsonNode.Parse(stream) as JsonObject;
        return new(null, null, [], (string?)root?["padding"]?["pad_token"]);
    }
}
