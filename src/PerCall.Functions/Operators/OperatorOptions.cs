namespace PerCall.Functions.Operators;

/// <summary>The setting <see cref="OperatorKey.Setting"/>.</summary>
public sealed class OperatorOptions
{
    public const int MinLength = 16;

    public string? Key { get; set; }

    /// <summary>
    /// Azure hands a reference to a vault over as it stands where it cannot resolve it (no such secret, or no access to it). Everybody can
    /// know that text, so it is no key.
    /// </summary>
    public bool IsReference => Key?.TrimStart().StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) ?? false;

    public bool IsFit => string.IsNullOrEmpty(Key) || Key.Length >= MinLength;
}
