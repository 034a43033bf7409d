using PerCall.Functions.Requests;

namespace PerCall.Functions.Journal;

/// <summary>A place in one writer's chain of journal blobs. Whatever the writer appends later lies behind it.</summary>
/// <param name="Generation">The writer: one process, until it is fenced.</param>
/// <param name="Blob">Name in the container <c>usage</c>.</param>
/// <param name="Offset">Bytes from the blob's start.</param>
public sealed record JournalPosition(string Generation, string Blob, long Offset);

/// <summary>
/// The writer's chain has been fenced by another instance: nothing more is written to it, and what was to be written is not there.
/// </summary>
public sealed class JournalFencedException(string generation) : UnavailableException(
    "charge_not_recorded",
    "The charge could not be recorded, so the call has no result and was not charged; try again.",
    $"Another instance closed the journal of {generation}.");
