namespace PerCall.Training;

/// <summary>Something that the caller of the command can put right: a file, a setting.</summary>
internal sealed class TrainingException(string message) : Exception(message);
