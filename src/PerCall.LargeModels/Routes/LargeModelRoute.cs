namespace PerCall.LargeModels.Routes;

/// <summary>The address form and the authentication of a deployment.</summary>
public enum DeploymentKind
{
    /// <summary>Azure OpenAI: <c>/openai/deployments/{deployment}/…?api-version=</c>.</summary>
    Azure,

    /// <summary>Azure OpenAI's newer address, <c>/openai/v1/</c>: OpenAI's dialect, with Azure's authentication.</summary>
    AzureV1,

    /// <summary>Any server with OpenAI's API, for example vLLM, Ollama or llama.cpp. The endpoint includes <c>/v1</c>.</summary>
    OpenAi,
}

/// <summary>How a model's tokens are counted before it is called.</summary>
public enum TokenizerKind
{
    /// <summary>OpenAI's encoding of gpt-4o, o1 and later models.</summary>
    O200kBase,

    /// <summary>OpenAI's encoding of gpt-4, gpt-3.5 and the embedding models.</summary>
    Cl100kBase,

    /// <summary>One token per UTF-8 byte: an upper bound for every byte-level tokenizer.</summary>
    Utf8Bytes,
}

/// <summary>What a provider bills the operator, in micro-units of a currency per million units.</summary>
public sealed record DeploymentPrices(long In, long CachedIn, long Out, long AudioMinute)
{
    /// <summary>Returns the cost in micro-units, rounded up.</summary>
    public long Of(TokenUsage usage) => checked((long)(
        (((Int128)usage.In * In) + ((Int128)usage.CachedIn * CachedIn) + ((Int128)usage.Out * Out)
            + ((Int128)usage.AudioSeconds * AudioMinute * 1_000_000 / 60) + 999_999) / 1_000_000));
}

/// <summary>One deployment of a model at a provider.</summary>
public sealed record Deployment
{
    /// <summary>A name for logs and metrics: the model's name and the deployment's index.</summary>
    public required string Name { get; init; }

    public required DeploymentKind Kind { get; init; }

    public required Uri Endpoint { get; init; }

    /// <summary>The deployment's name, or the model's name at an OpenAI-compatible server.</summary>
    public required string Target { get; init; }

    /// <summary>The key; null: the service's identity, or no authentication with <see cref="DeploymentKind.OpenAi"/>.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The <c>api-version</c> of <see cref="DeploymentKind.Azure"/>; null: the client's own.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Share of the calls, compared to the other deployments; 1 or more.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Concurrent calls of one instance.</summary>
    public int ConcurrentCalls { get; init; } = 100;

    public DeploymentPrices? Prices { get; init; }

    /// <summary>Returns the name: the key must not get into logs.</summary>
    public override string ToString() => Name;
}

/// <summary>A public model name, and the deployments that answer it.</summary>
public sealed record LargeModelRoute
{
    /// <summary>The name that callers use.</summary>
    public required string Model { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<Deployment> Deployments { get; init; }

    /// <summary>The calls that the model answers.</summary>
    public required IReadOnlyCollection<LargeModelEndpoint> Endpoints { get; init; }

    public required TokenizerKind Tokenizer { get; init; }

    /// <summary>Maximum tokens of prompt and output together.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Maximum output tokens of one call, for each choice. Sent to the provider when the caller sets no bound.</summary>
    public required int MaxOutputTokens { get; init; }

    /// <summary>The field that carries the output bound of chat completions: <c>max_completion_tokens</c> or <c>max_tokens</c>.</summary>
    public required string OutputField { get; init; }

    /// <summary>When the service started, as the model's <c>created</c>.</summary>
    public DateTimeOffset Created { get; init; }
}
