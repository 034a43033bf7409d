using System.ComponentModel.DataAnnotations;

namespace PerCall.LargeModels.Routes;

/// <summary>A deployment, in the section <c>PerCall:OpenAI:Models:(name):Deployments:(n)</c>.</summary>
public sealed class DeploymentOptions
{
    /// <summary>
    /// The provider's dialect: <c>azure</c>, <c>azure-v1</c> (Azure's address <c>/openai/v1</c>) or <c>openai</c> (any server with OpenAI's
    /// API). Default: by the endpoint's host and path.
    /// </summary>
    public string? Kind { get; set; }

    /// <summary>
    /// The provider's address. With <c>azure</c>, the resource's address. With <c>openai</c>, the address including <c>/v1</c>. Plain http
    /// is allowed without key and identity, or on the same machine.
    /// </summary>
    public string? Endpoint { get; set; }

    /// <summary>The deployment's name, or the model's name at the server. Default: the model's name.</summary>
    public string? Deployment { get; set; }

    /// <summary>The provider's key. Default: with Azure, the service's identity; otherwise no authentication.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The <c>api-version</c>, only with <c>azure</c>. Default: 2024-10-21, and 2025-04-01-preview for <c>/responses</c>.
    /// </summary>
    public string? ApiVersion { get; set; }

    /// <summary>The deployment's share of the calls, relative to the model's other deployments.</summary>
    [Range(1, 1_000_000)]
    public int Weight { get; set; } = 1;

    /// <summary>Maximum concurrent calls of one instance, streams until their end. Further calls go to another deployment.</summary>
    [Range(1, 100_000)]
    public int ConcurrentCalls { get; set; } = 100;

    /// <summary>What the provider bills. Without it, the cost of calls is not recorded.</summary>
    public DeploymentPriceOptions? Prices { get; set; }
}
