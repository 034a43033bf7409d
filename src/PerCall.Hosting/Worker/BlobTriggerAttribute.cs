namespace Microsoft.Azure.Functions.Worker;

/// <summary>
/// Runs the function for each new or overwritten blob. Stands on a <c>BlobClient</c>, a <see cref="Stream"/>, a <see cref="string"/> or a
/// <see cref="byte"/> array.
/// </summary>
/// <param name="blobPath">
/// Container and pattern, such as <c>inbox/{tenant}/{name}.{ext}</c>: names in braces become binding data and parameters of the same
/// name; those in the pattern's last segment may span folders. <c>%Setting%</c> is replaced by that setting.
/// </param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class BlobTriggerAttribute(string blobPath) : Attribute
{
    public string BlobPath { get; } = blobPath;

    /// <summary>Setting or section that holds the storage connection; <c>AzureWebJobsStorage</c> when null.</summary>
    public string? Connection { get; set; }

    public BlobTriggerSource Source { get; set; } = BlobTriggerSource.LogsAndContainerScan;
}
