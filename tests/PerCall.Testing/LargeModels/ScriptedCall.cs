namespace PerCall.Testing.LargeModels;

/// <summary>The call of the service that is made.</summary>
public enum CallKind
{
    Chat,
    Responses,
    Embeddings,
    Transcription,
}

/// <summary>When a caller leaves.</summary>
public enum Leave
{
    /// <summary>It stays to the end.</summary>
    Never,

    /// <summary>A short time after it has sent the request.</summary>
    Early,

    /// <summary>When it has received a number of tokens.</summary>
    Within,

    /// <summary>When it has received the first bytes behind the last token.</summary>
    AtTheEnd,
}

/// <summary>How the provider ends a call, if the caller stays.</summary>
public enum Ending
{
    /// <summary>The answer is complete, and its usage is plausible.</summary>
    Reported,

    /// <summary>The answer is complete. Its usage is missing or implausible, so that tokens are counted.</summary>
    Counted,

    /// <summary>The answer is complete. Its usage is in a form that may be accepted or refused.</summary>
    Either,

    /// <summary>The answer breaks off. What was delivered is counted.</summary>
    Broken,

    /// <summary>There is no answer.</summary>
    Refused,
}

/// <summary>A call with a script for the provider, and what is expected of it.</summary>
public sealed record ScriptedCall
{
    /// <summary>The script's id, unique over all calls.</summary>
    public required string Id { get; init; }

    public required CallKind Kind { get; init; }

    public required StandInModel Model { get; init; }

    public required string Script { get; init; }

    public required bool Stream { get; init; }

    public int Choices { get; init; } = 1;

    /// <summary>Tokens of the user's message.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>The output bound that the caller sets, for each choice.</summary>
    public required int Bound { get; init; }

    public bool IncludeUsage { get; init; }

    public Leave Leave { get; init; }

    /// <summary>Milliseconds or tokens after which the caller leaves.</summary>
    public int LeaveAfter { get; init; }

    public required Ending Ending { get; init; }

    /// <summary>Reported tokens of the prompt that are not from the cache.</summary>
    public long In { get; init; }

    /// <summary>Reported tokens of the prompt from the cache.</summary>
    public long Cached { get; init; }

    /// <summary>Output tokens of a complete answer, over all choices, with those of hidden reasoning.</summary>
    public long Out { get; init; }

    /// <summary>Output tokens of a complete answer that are text.</summary>
    public long Visible { get; init; }

    /// <summary>Seconds of audio.</summary>
    public long Seconds { get; init; }

    /// <summary>The prompt's tokens as the service counts them: null where OpenAI documents no rule.</summary>
    public long? CountedIn => Kind == CallKind.Chat ? PromptTokens + 7 : null;

    public override string ToString() =>
        $"{Id} ({Kind} of {Model.Name}, {(Stream ? "streamed" : "whole")}, {Choices} x {Bound} tokens, prompt {PromptTokens}, "
        + $"script '{Script}', leaves {Leave} {LeaveAfter})";
}
