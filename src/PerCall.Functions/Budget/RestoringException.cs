using PerCall.Functions.Requests;

namespace PerCall.Functions.Budget;

/// <summary>The tables were restored, and what accounts have spent is not computed yet.</summary>
public sealed class RestoringException(string backup) : UnavailableException(
    "restoring",
    "The service is being restored from a backup, and what was spent this month is being counted; try again.",
    $"The restore of the backup {backup} is not complete.");
