namespace PerCall.Hosting.Blobs;

internal enum BlobReceiptState
{
    /// <summary>Noticed; its message is about to be sent, or was.</summary>
    Noticed,

    /// <summary>Its message has arrived, and the function was started.</summary>
    Started,

    /// <summary>The function succeeded, or its message was poisoned.</summary>
    Complete,
}
