namespace PerCall.Inference.LargeModels;

/// <summary>Asks large models. The host implements it over its providers.</summary>
public interface ILargeModelClient
{
    /// <summary>Whether a large model of this name is configured and answers chat completions.</summary>
    bool IsConfigured(string model);

    /// <summary>Asks a large model to choose one of the labels.</summary>
    /// <exception cref="LabelRefusedException">The provider or the model refused the input.</exception>
    /// <exception cref="ModelBusyException">No deployment of the model can answer now.</exception>
    /// <exception cref="ModelNotConfiguredException">No large model of this name is configured.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<LabelReply> AskAsync(LabelQuestion question, CancellationToken cancellation);
}

/// <summary>A question whose answer is one of the labels, as the JSON object <c>{"label": "…"}</c>.</summary>
public sealed record LabelQuestion
{
    /// <summary>The public name of the large model.</summary>
    public required string Model { get; init; }

    /// <summary>The instructions, which list the labels.</summary>
    public required string Instructions { get; init; }

    /// <summary>Inputs with the labels that the model should choose for them.</summary>
    public required IReadOnlyList<LabelledInput> Examples { get; init; }

    /// <summary>The labels; no label occurs twice.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The input to label.</summary>
    public required LabelInput Input { get; init; }

    /// <summary>Maximum output tokens, including hidden reasoning.</summary>
    public required int MaxOutputTokens { get; init; }
}

/// <summary>An input: either a text or a picture.</summary>
/// <param name="Text">The text; null for a picture.</param>
/// <param name="Image">The picture as a data URL; null for a text.</param>
public readonly record struct LabelInput(string? Text, string? Image);

/// <summary>An input and its label.</summary>
public sealed record LabelledInput(LabelInput Input, string Label);

/// <summary>The answer of a large model.</summary>
public sealed record LabelReply
{
    /// <summary>The generated text.</summary>
    public required string Text { get; init; }

    /// <summary>The generated tokens with their log probabilities, in order; null if the provider reports none.</summary>
    public IReadOnlyList<AnswerToken>? Tokens { get; init; }

    /// <summary>Tokens of the prompt; 0 if the provider does not report them.</summary>
    public long PromptTokens { get; init; }

    /// <summary>What the provider bills the operator, in micro-units; null if its prices are not configured.</summary>
    public long? Cost { get; init; }
}

/// <summary>A generated token, and the tokens that the model considered at its place.</summary>
/// <param name="Token">The token.</param>
/// <param name="Top">The most likely tokens at this place; they may include <paramref name="Token"/>.</param>
public sealed record AnswerToken(TokenLikelihood Token, IReadOnlyList<TokenLikelihood> Top);

/// <summary>A token and its log probability.</summary>
/// <param name="Utf8">The token's bytes, which may be a part of a character.</param>
/// <param name="LogProbability">The natural logarithm of its probability; at most 0.</param>
public readonly record struct TokenLikelihood(ReadOnlyMemory<byte> Utf8, double LogProbability);
