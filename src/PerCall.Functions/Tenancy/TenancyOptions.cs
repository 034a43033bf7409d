namespace PerCall.Functions.Tenancy;

/// <summary>Section <c>PerCall:Tenancy</c>.</summary>
public sealed class TenancyOptions
{
    public const string Section = "PerCall:Tenancy";

    /// <summary>
    /// No keys are asked for, nothing is charged and nothing limited. Taken in development only: for a laptop, and for measuring.
    /// </summary>
    public bool Open { get; set; }
}
