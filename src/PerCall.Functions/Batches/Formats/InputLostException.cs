using Azure;
using Azure.Storage.Blobs;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The file is not any more what it was when its batch was accepted.</summary>
public sealed class InputLostException(string code, string message, Exception inner) : Exception(message, inner)
{
    public string Code => code;

    /// <summary>Whether a fault says that the file is not what it was.</summary>
    public static bool IsMeantBy(RequestFailedException fault) => fault.Status is 412 or 404;

    /// <param name="blob">The file.</param>
    /// <param name="fault">What reading it met. (Storage may answer that a blob that is gone does not meet a condition.)</param>
    public static async Task<InputLostException> OfAsync(BlobClient blob, RequestFailedException fault) => fault.Status == 412 && await blob.ExistsAsync()
        ? new("input_changed", "The file was written over after the batch had been accepted; what it holds now is another batch's.", fault)
        : new("input_deleted", "The file was deleted after the batch had been accepted.", fault);
}
