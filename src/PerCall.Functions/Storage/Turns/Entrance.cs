namespace PerCall.Functions.Storage.Turns;

/// <summary>The outcome of a request for a turn.</summary>
public enum Entrance
{
    /// <summary>Conflict: the row or the account's turns have changed. Both have to be read again.</summary>
    Changed,

    /// <summary>The row has its turn.</summary>
    Entered,

    /// <summary>The row waits in line. It gets its message with its turn.</summary>
    Waits,
}
