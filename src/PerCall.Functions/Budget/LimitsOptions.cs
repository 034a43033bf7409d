using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Budget;

/// <summary>Section <c>PerCall:Limits</c>.</summary>
public sealed class LimitsOptions
{
    public const string Section = "PerCall:Limits";

    /// <summary>
    /// Seconds for which an instance may spend from a slice of a tenant's budget without renewing it. Amounts held by an instance that dies
    /// are available again after this time plus up to a minute.
    /// </summary>
    [Range(6, 3600)]
    public int LeaseSeconds { get; set; } = 60;

    /// <summary>Concurrent calls per tenant on one instance, if its plan does not set a number.</summary>
    [Range(1, 10_000)]
    public int ConcurrentCalls { get; set; } = 100;
}
