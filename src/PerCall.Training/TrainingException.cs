namespace PerCall.Training;

/// <summary>An error that the user of the command can fix, such as an invalid file or setting.</summary>
internal sealed class TrainingException(string message) : Exception(message);
