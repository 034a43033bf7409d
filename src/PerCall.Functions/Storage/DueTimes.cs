namespace PerCall.Functions.Storage;

/// <summary>Compares optional times, of which null means never.</summary>
public static class DueTimes
{
    /// <summary>Returns the earlier of two times; null: both are null.</summary>
    public static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => other is null || one < other ? one : other;
}
