using System.ComponentModel.DataAnnotations;

namespace PerCall.LargeModels.Routes;

/// <summary>A large model, in the section <c>PerCall:OpenAI:Models:(name)</c>.</summary>
public sealed class ModelRouteOptions
{
    /// <summary>
    /// The name that callers use, if it differs from the section's name. Use it where the environment does not allow <c>-</c> or <c>.</c>
    /// in names.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>
    /// How tokens are counted: <c>o200k_base</c>, <c>cl100k_base</c> or <c>utf8_bytes</c>. Default: that of OpenAI's model of this name,
    /// otherwise <c>utf8_bytes</c>, one token per byte.
    /// </summary>
    public string? Tokenizer { get; set; }

    /// <summary>
    /// Maximum tokens of prompt and output together. Default: that of OpenAI's model of this name, otherwise 32768.
    /// </summary>
    [Range(1, 100_000_000)]
    public int? ContextTokens { get; set; }

    /// <summary>
    /// Maximum output tokens of one choice. Default: that of OpenAI's model of this name, otherwise 4096, at most `ContextTokens`.
    /// </summary>
    [Range(1, 100_000_000)]
    public int? MaxOutputTokens { get; set; }

    /// <summary>
    /// The field of the output bound: <c>max_completion_tokens</c> or <c>max_tokens</c>. Default: <c>max_completion_tokens</c> with Azure
    /// and OpenAI, except for gpt-4 and gpt-3.5; <c>max_tokens</c> with other servers.
    /// </summary>
    public string? OutputField { get; set; }

    /// <summary>
    /// The calls that the model answers, separated by commas: <c>chat</c>, <c>responses</c>, <c>embeddings</c>, <c>transcriptions</c>,
    /// <c>moderations</c>. Default: those of OpenAI's model of this name, otherwise <c>chat,responses</c>.
    /// </summary>
    public string? Endpoints { get; set; }

    /// <summary>The deployments that answer the model's calls; at least one.</summary>
    public IList<DeploymentOptions> Deployments { get; } = [];
}
