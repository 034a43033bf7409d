using Azure;
using Azure.Storage.Blobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Formats;

/// <summary>Thrown when the input file has changed or was deleted after its batch was accepted.</summary>
public sealed class InputLostException(string code, string message, Exception inner) : Exception(message, inner)
{
    public string Code => code;

    /// <param name="blob">The file.</param>
    /// <param name="fault">The exception of the read. (For a deleted blob, storage can also report a failed condition.)</param>
    public static async Task<InputLostException> OfAsync(BlobClient blob, RequestFailedException fault) =>
        fault.IsPreconditionFailed() && await blob.ExistsAsync()
        ? new("input_changed", "The file was overwritten after the batch was accepted; its new content belongs to another batch.", fault)
        : new("input_deleted", "The file was deleted after the batch was accepted.", fault);
}
