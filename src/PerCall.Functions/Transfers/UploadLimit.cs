using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Transfers;

/// <summary>The size limit of uploads through the service.</summary>
/// <param name="options">The settings.</param>
/// <param name="hostBytes">What the host accepts in bytes; null when it sets no limit.</param>
public sealed class UploadLimit(TransferOptions options, long? hostBytes)
{
    /// <summary>The limit in bytes; null when only the target limits the size.</summary>
    public long? Bytes { get; } = options.ThroughService ? options.MaxBytes ?? hostBytes : null;

    /// <summary>Returns the smaller one of this limit and the target's.</summary>
    public UploadRoom Within(UploadRoom room) => Bytes is { } most && most < room.Bytes
        ? new(most, () => new(
            StatusCodes.Status413PayloadTooLarge,
            "body_too_large",
            $"The file is too large; allowed: at most {most:N0} bytes in one upload. Split the file, or compress it with gzip."))
        : room;
}
