namespace PerCall.Functions.Audit;

/// <summary>The end of the audit log.</summary>
/// <param name="Blob">The blob for the next record.</param>
/// <param name="Length">Its length in bytes; 0 when it is empty or does not exist.</param>
/// <param name="Seq">The number of the last record; 0 when the log is empty.</param>
/// <param name="Hash">The hash of the last record.</param>
/// <param name="Blocks">Number of appends to the blob so far.</param>
public sealed record AuditTail(string Blob, long Length, long Seq, string Hash, int Blocks);
