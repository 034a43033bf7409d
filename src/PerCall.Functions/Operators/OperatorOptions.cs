namespace PerCall.Functions.Operators;

/// <summary>The setting <see cref="OperatorKey.Setting"/>.</summary>
public sealed class OperatorOptions
{
    public const int MinLength = 16;

    public string? Key { get; set; }

    /// <summary>
    /// Whether the setting is an unresolved Key Vault reference. When Azure cannot resolve a reference (secret missing, or access denied),
    /// it passes its text on unchanged. That text is not secret, so it must not act as a key.
    /// </summary>
    public bool IsReference => Key?.TrimStart().StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) ?? false;

    public bool IsFit => string.IsNullOrEmpty(Key) || Key.Length >= MinLength;
}
