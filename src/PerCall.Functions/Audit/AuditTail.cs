namespace PerCall.Functions.Audit;

/// <summary>Where the log ends.</summary>
/// <param name="Blob">The blob that the next record goes into.</param>
/// <param name="Length">Its bytes; 0 where it is empty or not there.</param>
/// <param name="Seq">The last record's number; 0: there is none.</param>
/// <param name="Hash">The last record's hash.</param>
/// <param name="Blocks">Appends that the blob has taken.</param>
public sealed record AuditTail(string Blob, long Length, long Seq, string Hash, int Blocks);
