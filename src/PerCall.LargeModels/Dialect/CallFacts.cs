namespace PerCall.LargeModels.Dialect;

/// <summary>What the plan and the service allow one call.</summary>
/// <param name="MaxOutputTokens">The plan's maximum output tokens of one call, over all choices; null: the route's.</param>
/// <param name="MaxImageBytes">Maximum bytes of one decoded image.</param>
public sealed record CallLimits(int? MaxOutputTokens, int MaxImageBytes);

/// <summary>What a checked call can use at most, and how it is answered.</summary>
public sealed record CallFacts
{
    public required LargeModelEndpoint Endpoint { get; init; }

    /// <summary>Whether the caller asked for server-sent events.</summary>
    public required bool Stream { get; init; }

    /// <summary>Whether the caller asked for the usage chunk of a streamed chat completion. The provider is always asked for it.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>Counted tokens of the prompt, images and tools included. Charged when the provider reports no usage.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Tokens of the prompt to reserve: at least <see cref="PromptTokens"/>, with a margin for what cannot be counted.</summary>
    public required long PromptBound { get; init; }

    /// <summary>Maximum output tokens over all choices; 0 for embeddings and moderations.</summary>
    public required long OutputBound { get; init; }

    /// <summary>Choices that the caller asked for (<c>n</c>).</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Whether the answer is JSON. A transcription in the format <c>text</c>, <c>srt</c> or <c>vtt</c> is plain text.</summary>
    public bool JsonAnswer { get; init; } = true;

    /// <summary>Whether the caller asked for generated text that is JSON (<c>response_format</c>, <c>text.format</c>).</summary>
    public bool JsonText { get; init; }

    /// <summary>Seconds of audio, from the file's header, rounded up.</summary>
    public long AudioSeconds { get; init; }
}
