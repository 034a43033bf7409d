using Xunit;

namespace PerCall.Functions.Tests.Batches;

/// <summary>Tests that take messages out of the queues of batches, which are everybody's: one after another.</summary>
[CollectionDefinition(Name)]
public sealed class BatchQueues
{
    public const string Name = "Queues of batches";
}
