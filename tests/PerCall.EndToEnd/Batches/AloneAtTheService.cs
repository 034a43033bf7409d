using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Tests that measure the service, beside which no others run: its memory, and how long calls take.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneAtTheService
{
    public const string Name = "alone at the service";
}
