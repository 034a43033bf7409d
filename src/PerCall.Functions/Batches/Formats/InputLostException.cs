using Azure;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The file is not any more what it was when its batch was accepted.</summary>
internal sealed class InputLostException(string code, string message, Exception inner) : Exception(message, inner)
{
    public string Code => code;

    /// <summary>Null: the fault is of another kind.</summary>
    public static InputLostException? Of(RequestFailedException fault) => fault.Status switch
    {
        412 => new("input_changed", "The file was written over after the batch had been accepted; what it holds now is another batch's.", fault),
        404 => new("input_deleted", "The file was deleted after the batch had been accepted.", fault),
        _ => null,
    };
}
