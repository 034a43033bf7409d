using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Budget;

/// <summary>Section <c>PerCall:Limits</c>.</summary>
public sealed class LimitsOptions
{
    public const string Section = "PerCall:Limits";

    /// <summary>
    /// Seconds for which an instance may spend from a slice of a tenant's budget without renewing it. What an instance that dies has held
    /// is free again after so long, and up to a minute.
    /// </summary>
    [Range(6, 3600)]
    public int LeaseSeconds { get; set; } = 60;

    /// <summary>Calls that a tenant may have at once on one instance, where its plan does not say.</summary>
    [Range(1, 10_000)]
    public int ConcurrentCalls { get; set; } = 100;
}
