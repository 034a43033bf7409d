namespace PerCall.LargeModels;

/// <summary>The units that a call used. All numbers are 0 or more.</summary>
/// <param name="In">Tokens of the prompt that the provider did not read from its cache.</param>
/// <param name="CachedIn">Tokens of the prompt that the provider read from its cache. Not included in <paramref name="In"/>.</param>
/// <param name="Out">Generated tokens, including those of hidden reasoning.</param>
/// <param name="AudioSeconds">Seconds of transcribed audio, rounded up.</param>
public readonly record struct TokenUsage(long In, long CachedIn, long Out, long AudioSeconds = 0)
{
    /// <summary>All tokens.</summary>
    public long Tokens => In + CachedIn + Out;
}

/// <summary>What a charge is based on. The journal records it.</summary>
public enum UsageBasis
{
    /// <summary>The provider's <c>usage</c>.</summary>
    Reported,

    /// <summary>Counted from what was delivered, because the provider reported no plausible usage, or the answer is incomplete.</summary>
    Counted,
}
