namespace Microsoft.Azure.Functions.Worker;

/// <summary>
/// Runs the function for each message of a storage queue. Stands on a <see cref="string"/>, a <see cref="byte"/> array, a class read from
/// JSON, or a <c>QueueMessage</c>.
/// </summary>
/// <param name="queueName">Queue name; <c>%Setting%</c> is replaced by that setting.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class QueueTriggerAttribute(string queueName) : Attribute
{
    public string QueueName { get; } = queueName;

    /// <summary>Setting or section that holds the storage connection; <c>AzureWebJobsStorage</c> when null.</summary>
    public string? Connection { get; set; }
}
