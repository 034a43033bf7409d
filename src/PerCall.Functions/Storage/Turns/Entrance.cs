namespace PerCall.Functions.Storage.Turns;

/// <summary>What came of asking for a turn.</summary>
public enum Entrance
{
    /// <summary>Somebody else has changed the row or the account's turns; both have to be read again.</summary>
    Changed,

    /// <summary>The row has its turn.</summary>
    Entered,

    /// <summary>The row waits in line. It needs no message: it gets one with its turn.</summary>
    Waits,
}
