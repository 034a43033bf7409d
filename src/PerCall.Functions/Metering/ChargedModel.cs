namespace PerCall.Functions.Metering;

/// <summary>The model that a charge names. It need not be a published model.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The model's version.</param>
public readonly record struct ChargedModel(string Name, string Version);
