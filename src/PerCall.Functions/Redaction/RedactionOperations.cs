using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Redaction;

/// <summary>The operation under which redacted texts are charged.</summary>
public static class RedactionOperations
{
    /// <summary>The name that plans and charges have in the place of a model.</summary>
    public const string Model = "redact";

    /// <summary>Charged in thousands of characters, as text models are.</summary>
    public static Operation Redact { get; } = new("text.redact", ManifestNames.Of(PriceUnit.ThousandCharacters));
}
