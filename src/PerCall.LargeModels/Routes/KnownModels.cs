namespace PerCall.LargeModels.Routes;

/// <summary>What is known of a model by its name.</summary>
internal sealed record KnownModel(
    string Prefix, TokenizerKind Tokenizer, int ContextTokens, int MaxOutputTokens, params IReadOnlyCollection<LargeModelEndpoint> Endpoints);

/// <summary>The limits of OpenAI's models, as their documentation gives them.</summary>
internal static class KnownModels
{
    private static readonly LargeModelEndpoint[] Text = [LargeModelEndpoint.ChatCompletions, LargeModelEndpoint.Responses];

    /// <summary>Assumed for other models: the tokenizer's upper bound, and limits that most servers support.</summary>
    public static readonly KnownModel Other = new("", TokenizerKind.Utf8Bytes, 32_768, 4096, Text);

    // A name matches the longest prefix that ends at its end or at a dash.
    private static readonly KnownModel[] All =
    [
        .. new KnownModel[]
        {
            new("gpt-5", TokenizerKind.O200kBase, 400_000, 128_000, Text),
            new("gpt-5.1", TokenizerKind.O200kBase, 400_000, 128_000, Text),
            new("gpt-5.2", TokenizerKind.O200kBase, 400_000, 128_000, Text),
            new("gpt-4.1", TokenizerKind.O200kBase, 1_047_576, 32_768, Text),
            new("gpt-4.5", TokenizerKind.O200kBase, 128_000, 16_384, Text),
            new("gpt-4o", TokenizerKind.O200kBase, 128_000, 16_384, Text),
            new("chatgpt-4o", TokenizerKind.O200kBase, 128_000, 16_384, Text),
            new("gpt-oss", TokenizerKind.O200kBase, 131_072, 32_768, Text),
            new("o1", TokenizerKind.O200kBase, 200_000, 100_000, Text),
            new("o1-mini", TokenizerKind.O200kBase, 128_000, 65_536, Text),
            new("o1-preview", TokenizerKind.O200kBase, 128_000, 32_768, Text),
            new("o3", TokenizerKind.O200kBase, 200_000, 100_000, Text),
            new("o4-mini", TokenizerKind.O200kBase, 200_000, 100_000, Text),
            new("gpt-4", TokenizerKind.Cl100kBase, 8192, 4096, Text),
            new("gpt-4-32k", TokenizerKind.Cl100kBase, 32_768, 4096, Text),
            new("gpt-4-turbo", TokenizerKind.Cl100kBase, 128_000, 4096, Text),
            new("gpt-3.5-turbo", TokenizerKind.Cl100kBase, 16_385, 4096, Text),
            new("gpt-35-turbo", TokenizerKind.Cl100kBase, 16_385, 4096, Text),
            new("text-embedding-ada-002", TokenizerKind.Cl100kBase, 8192, 0, LargeModelEndpoint.Embeddings),
            new("text-embedding-3", TokenizerKind.Cl100kBase, 8192, 0, LargeModelEndpoint.Embeddings),
            new("gpt-4o-transcribe", TokenizerKind.O200kBase, 16_000, 2000, LargeModelEndpoint.Transcriptions),
            new("gpt-4o-mini-transcribe", TokenizerKind.O200kBase, 16_000, 2000, LargeModelEndpoint.Transcriptions),
            new("whisper", TokenizerKind.Utf8Bytes, 4096, 0, LargeModelEndpoint.Transcriptions),
            new("omni-moderation", TokenizerKind.Utf8Bytes, 131_072, 0, LargeModelEndpoint.Moderations),
            new("text-moderation", TokenizerKind.Utf8Bytes, 131_072, 0, LargeModelEndpoint.Moderations),
        }.OrderByDescending(m => m.Prefix.Length),
    ];

    /// <summary>Returns the first known model of the names.</summary>
    public static KnownModel Find(params IEnumerable<string> names) =>
        names.Select(n => All.FirstOrDefault(m => Matches(n, m.Prefix))).FirstOrDefault(m => m is not null) ?? Other;

    private static bool Matches(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (name.Length == prefix.Length || name[prefix.Length] == '-');
}
