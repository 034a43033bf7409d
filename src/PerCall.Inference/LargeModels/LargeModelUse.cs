using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.LargeModels;

/// <summary>Acquires a fallback model and reserves its price.</summary>
/// <param name="rule">The rule of the model that needs the fallback.</param>
/// <param name="units">The most units that the fallback can answer.</param>
/// <param name="cancellation">Cancels the wait.</param>
/// <returns>A lease; null if the fallback cannot answer this call, for example because the plan has no price for it.</returns>
public delegate ValueTask<ModelLease?> OpenFallback(FallbackRule rule, long units, CancellationToken cancellation);

/// <summary>How a call may use large models.</summary>
public sealed record LargeModelUse
{
    /// <summary>Acquires the fallback of an ONNX model; null: no input is answered by a fallback.</summary>
    public OpenFallback? OpenFallback { get; init; }

    /// <summary>Removes personal data from a text before it leaves for a provider; null: texts leave as they are.</summary>
    public Func<string, string>? Redact { get; init; }
}

/// <summary>Whether a fallback answered an input.</summary>
public enum FallbackState
{
    /// <summary>The model itself answered, with a sufficient score.</summary>
    NotNeeded,

    /// <summary>The fallback answered.</summary>
    Answered,

    /// <summary>The score was too low, but the fallback could not answer. The model's own answer stays.</summary>
    Unavailable,
}
