namespace PerCall.Training.Ratings;

/// <summary>One row as the file has it.</summary>
/// <param name="Line">The line, starting at 1.</param>
/// <param name="User">The user's id.</param>
/// <param name="Item">The item's id.</param>
/// <param name="Rating">Null when the file has no ratings.</param>
/// <param name="Time">Null when the file has no times.</param>
internal readonly record struct RatingRow(long Line, string User, string Item, string? Rating, string? Time);
