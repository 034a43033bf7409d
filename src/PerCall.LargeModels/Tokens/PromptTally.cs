namespace PerCall.LargeModels.Tokens;

/// <summary>Adds up a prompt's tokens, and what they can be at most.</summary>
/// <param name="counter">The counter of the model's encoding.</param>
/// <param name="imageNames">The names that decide the rule for images.</param>
internal sealed class PromptTally(TokenCounter counter, IReadOnlyList<string> imageNames)
{
    private long _margin;

    /// <summary>Tokens that a provider bills, as counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens that the prompt takes of the context, as counted.</summary>
    public long Context { get; private set; }

    /// <summary>Whether a part cannot be measured, so that only the model's context bounds the prompt.</summary>
    public bool Unmeasured { get; private set; }

    /// <summary>
    /// Tokens that a provider can bill: those counted, one in 20 more, 16 more, and the margins of messages and tools. Providers format
    /// tools and messages in ways that they do not document, and a server can have another template than OpenAI's.
    /// </summary>
    public long Bound => Tokens + (Tokens / 20) + 16 + _margin;

    public void Text(string text) => Add(counter.Count(text));

    /// <summary>Adds tokens that are known without counting.</summary>
    public void Add(long tokens)
    {
        Tokens += tokens;
        Context += tokens;
    }

    /// <summary>Adds to the bound alone.</summary>
    public void Margin(long tokens) => _margin += tokens;

    public void Image((long Width, long Height)? size, string? detail)
    {
        var cost = ImageTokens.Of(imageNames, size, detail);
        Tokens += cost.Billed;
        Context += cost.Context;
    }

    /// <summary>Adds a part of which only the number of bytes is known, for example a PDF file.</summary>
    public void Unmeasurable(long likelyTokens)
    {
        Add(likelyTokens);
        Unmeasured = true;
    }
}
