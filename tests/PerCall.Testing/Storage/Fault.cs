namespace PerCall.Testing.Storage;

/// <summary>What happens to a request on its way to storage.</summary>
public enum Fault
{
    None,

    /// <summary>The connection breaks before anything is sent: an <see cref="IOException"/>.</summary>
    BeforeSending,

    /// <summary>Storage does what is asked, and the connection breaks before its answer comes: an <see cref="IOException"/>.</summary>
    AfterSending,

    /// <summary>Storage does what is asked, and the client reports no answer: an <see cref="Azure.RequestFailedException"/>.</summary>
    AnswerLost,
}
