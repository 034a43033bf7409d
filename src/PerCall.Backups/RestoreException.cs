namespace PerCall.Backups;

/// <summary>A restore cannot begin or go on. The message says why, and what to do.</summary>
public sealed class RestoreException(string message) : Exception(message);
