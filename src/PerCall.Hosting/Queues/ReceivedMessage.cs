using Azure.Storage.Queues.Models;

namespace PerCall.Hosting.Queues;

/// <summary>A received message.</summary>
/// <param name="Message">The message as received.</param>
/// <param name="Body">Its decoded body.</param>
/// <param name="DequeueCount">Number of runs, including this one, without runs that a shutdown interrupted.</param>
internal sealed record ReceivedMessage(QueueMessage Message, BinaryData Body, long DequeueCount);
