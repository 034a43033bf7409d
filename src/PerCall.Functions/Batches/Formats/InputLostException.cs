using Azure;
using Azure.Storage.Blobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The file is not any more what it was when its batch was accepted.</summary>
internal sealed class InputLostException(string code, string message, Exception inner) : Exception(message, inner)
{
    public string Code => code;

    /// <param name="blob">The file.</param>
    /// <param name="fault">What reading it met. (Storage may answer that a blob that is gone does not meet a condition.)</param>
    public static async Task<InputLostException> OfAsync(BlobClient blob, RequestFailedException fault) => fault.IsPreconditionFailed() && await blob.ExistsAsync()
        ? new("input_changed", "The file was written over after the batch had been accepted; what it holds now is another batch's.", fault)
        : new("input_deleted", "The file was deleted after the batch had been accepted.", fault);
}
