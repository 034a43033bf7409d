namespace PerCall.Functions.Operators;

/// <summary>The setting <see cref="OperatorKey.Setting"/>.</summary>
internal sealed class OperatorOptions
{
    public const int MinLength = 16;

    public string? Key { get; set; }

    public bool IsFit => string.IsNullOrEmpty(Key) || Key.Length >= MinLength;
}
