namespace PerCall.LargeModels.Dialect;

/// <summary>One event of a provider's stream.</summary>
public sealed record StreamPiece
{
    /// <summary>The event's data as JSON in UTF-8, as it is sent on; empty: the event is not sent on.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The event's type, as <c>/v1/responses</c> has it; null: none.</summary>
    public string? EventType { get; init; }

    /// <summary>
    /// The generated text of this event, over all choices: content, refusals, arguments of tools. It is counted when the provider
    /// reports no usage.
    /// </summary>
    public string Text { get; init; } = "";

    /// <summary>The usage that this event reports; null: none, or an implausible one.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>The error that this event reports instead of an answer; null: none.</summary>
    public StreamError? Error { get; init; }

    /// <summary>Whether the provider has ended the answer with this event. The event <c>[DONE]</c> is not a piece.</summary>
    public bool Ends { get; init; }
}

/// <summary>An error inside a stream.</summary>
public sealed record StreamError(string Message, string? Code, string? Type);
