namespace PerCall.Training.Export;

/// <summary>What the model's owner says of it.</summary>
/// <param name="Description">One sentence; null for one made of the figures.</param>
/// <param name="License">Of what was learnt.</param>
/// <param name="Card">What the model card begins with; null for a plain heading.</param>
internal sealed record PackageWords(string? Description, string License, string? Card);
