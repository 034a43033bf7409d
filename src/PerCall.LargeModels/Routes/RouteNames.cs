using System.Text.RegularExpressions;

namespace PerCall.LargeModels.Routes;

/// <summary>The names in the settings.</summary>
internal static partial class RouteNames
{
    public const string ModelRule = "1 to 64 letters, digits, dots, dashes and underscores, starting with a letter or digit";

    public static readonly IReadOnlyDictionary<string, DeploymentKind> Kinds = new Dictionary<string, DeploymentKind>(
        StringComparer.OrdinalIgnoreCase)
    {
        ["azure"] = DeploymentKind.Azure,
        ["azure-v1"] = DeploymentKind.AzureV1,
        ["openai"] = DeploymentKind.OpenAi,
    };

    public static readonly IReadOnlyDictionary<string, TokenizerKind> Tokenizers = new Dictionary<string, TokenizerKind>(
        StringComparer.OrdinalIgnoreCase)
    {
        ["o200k_base"] = TokenizerKind.O200kBase,
        ["cl100k_base"] = TokenizerKind.Cl100kBase,
        ["utf8_bytes"] = TokenizerKind.Utf8Bytes,
    };

    public static readonly IReadOnlyDictionary<string, LargeModelEndpoint> Endpoints = new Dictionary<string, LargeModelEndpoint>(
        StringComparer.OrdinalIgnoreCase)
    {
        ["chat"] = LargeModelEndpoint.ChatCompletions,
        ["responses"] = LargeModelEndpoint.Responses,
        ["embeddings"] = LargeModelEndpoint.Embeddings,
        ["transcriptions"] = LargeModelEndpoint.Transcriptions,
        ["moderations"] = LargeModelEndpoint.Moderations,
    };

    public static readonly IReadOnlyList<string> OutputFields = ["max_completion_tokens", "max_tokens"];

    public static string[] Split(string endpoints) =>
        endpoints.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static bool IsModel(string name) => Model().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Model();
}
