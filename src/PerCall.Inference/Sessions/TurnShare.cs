namespace PerCall.Inference.Sessions;

/// <summary>
/// Whose work the current flow of control is, for example which tenant's. Turns to run a model are given to shares in rotation. A host sets
/// it once for a call, and all that the call awaits has it.
/// </summary>
public static class TurnShare
{
    private static readonly AsyncLocal<string?> Flow = new();

    /// <summary>The share; null, which is a share too, if the host has set none.</summary>
    public static string? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }
}
