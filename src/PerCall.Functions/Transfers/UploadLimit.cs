using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Transfers;

/// <summary>The size limits of uploads through the service.</summary>
/// <param name="options">The settings.</param>
/// <param name="hostBytes">What the host accepts as one body, in bytes; null when it sets no limit.</param>
public sealed class UploadLimit(TransferOptions options, long? hostBytes)
{
    /// <summary>The size of a part that a client sends if it has no reason for another one, in bytes.</summary>
    public const int PartBytes = BlockUpload.BlockBytes;

    /// <summary>The limit in bytes of a file in one request; null when only the target limits the size.</summary>
    public long? Bytes { get; } = options.ThroughService ? options.MaxBytes ?? hostBytes : null;

    /// <summary>Whether addresses lead to the service.</summary>
    public bool IsThroughService => options.ThroughService;

    /// <summary>Returns the smaller one of this limit and the target's.</summary>
    public UploadRoom Within(UploadRoom room) => Bytes is { } most ? Smaller(
        room, most, "bytes in one request. Send the file in parts with 'Content-Range', split it, or compress it with gzip.") : room;

    /// <summary>Same for a file that arrives in parts. The host's limit is that of one request, so it does not apply.</summary>
    public UploadRoom WithinParts(UploadRoom room) => !options.ThroughService ? room : Smaller(
        room, Math.Min(PartUpload.MaxBytes, options.MaxBytes ?? long.MaxValue), "bytes. Split the file, or compress it with gzip.");

    private static UploadRoom Smaller(UploadRoom room, long most, string advice) => most < room.Bytes
        ? new(most, () => new(
            StatusCodes.Status413PayloadTooLarge, "body_too_large", $"The file is too large; allowed: at most {most:N0} {advice}"))
        : room;
}
