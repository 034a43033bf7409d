namespace Microsoft.Azure.Functions.Worker;

/// <summary>How new blobs are noticed. The built-in host lists the container for both.</summary>
public enum BlobTriggerSource
{
    LogsAndContainerScan,
    EventGrid,
}
