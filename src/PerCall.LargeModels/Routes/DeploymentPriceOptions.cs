using System.ComponentModel.DataAnnotations;

namespace PerCall.LargeModels.Routes;

/// <summary>A provider's prices, in micro-units of the currency.</summary>
public sealed class DeploymentPriceOptions
{
    private const long Max = 1_000_000_000_000;

    /// <summary>Price of one million tokens of the prompt, in micro-units of the currency.</summary>
    [Range(0, Max)]
    public long In { get; set; }

    /// <summary>Price of one million tokens of the prompt that the provider read from its cache. Default: the price `In`.</summary>
    [Range(0, Max)]
    public long? CachedIn { get; set; }

    /// <summary>Price of one million generated tokens.</summary>
    [Range(0, Max)]
    public long Out { get; set; }

    /// <summary>Price of one minute of audio.</summary>
    [Range(0, Max)]
    public long AudioMinute { get; set; }
}
