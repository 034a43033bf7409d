using PerCall.Functions.Requests;

namespace PerCall.Functions.Journal;

/// <summary>A position in one writer's chain of journal blobs. All later appends of the writer are after it.</summary>
/// <param name="Generation">The writer's generation: one process, until it is fenced.</param>
/// <param name="Blob">The blob's name in the container <c>usage</c>.</param>
/// <param name="Offset">Bytes from the blob's start.</param>
public sealed record JournalPosition(string Generation, string Blob, long Offset);

/// <summary>Another instance has fenced the writer's chain. The pending entry was not written and never will be.</summary>
public sealed class JournalFencedException(string generation) : UnavailableException(
    "charge_not_recorded",
    "The charge could not be recorded, so the call has no result and was not charged; try again.",
    $"Another instance closed the journal of {generation}.");
