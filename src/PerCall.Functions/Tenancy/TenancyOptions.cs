namespace PerCall.Functions.Tenancy;

/// <summary>Section <c>PerCall:Tenancy</c>.</summary>
public sealed class TenancyOptions
{
    public const string Section = "PerCall:Tenancy";

    /// <summary>Run without keys, charges and limits. Allowed only in development: for a laptop, and for measurements.</summary>
    public bool Open { get; set; }
}
