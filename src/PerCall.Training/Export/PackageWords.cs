namespace PerCall.Training.Export;

/// <summary>Descriptive texts from the model's owner.</summary>
/// <param name="Description">One sentence; null generates one from the metrics.</param>
/// <param name="License">The licence of the training data.</param>
/// <param name="Card">The beginning of the model card; null for a plain heading.</param>
internal sealed record PackageWords(string? Description, string License, string? Card);
