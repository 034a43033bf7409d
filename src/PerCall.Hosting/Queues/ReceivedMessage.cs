using Azure.Storage.Queues.Models;

namespace PerCall.Hosting.Queues;

/// <summary>A message to work on.</summary>
/// <param name="Message">As the service gave it.</param>
/// <param name="Body">Its decoded body.</param>
/// <param name="DequeueCount">Runs so far, this one included; those that a shutdown cut short are not counted.</param>
internal sealed record ReceivedMessage(QueueMessage Message, BinaryData Body, long DequeueCount);
