namespace PerCall.Functions.Operators;

/// <summary>The settings <see cref="OperatorKey.Setting"/> and <see cref="OperatorKey.PreviousSetting"/>.</summary>
public sealed class OperatorOptions
{
    public const int MinLength = 16;

    public string? Key { get; set; }

    /// <summary>A second key that is valid too, during a rotation.</summary>
    public string? PreviousKey { get; set; }

    public static bool IsFit(string? key) => string.IsNullOrEmpty(key) || key.Length >= MinLength;

    /// <summary>
    /// Whether a setting is an unresolved Key Vault reference. When Azure cannot resolve a reference (secret missing, or access denied),
    /// it passes its text on unchanged. That text is not secret, so it must not act as a key.
    /// </summary>
    public static bool IsReference(string? key) =>
        key?.TrimStart().StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) ?? false;
}
