using PerCall.Functions.Requests;

namespace PerCall.Functions.Transfers;

/// <summary>What happens to uploads into one container that go through the service.</summary>
public interface IUploadTarget
{
    string Container { get; }

    /// <summary>Decides whether a file may be written now.</summary>
    /// <exception cref="RefusedException">The file is not allowed, or no longer.</exception>
    Task<UploadRoom> AdmitAsync(string blob, CancellationToken cancellation);

    /// <summary>Does what an event of storage would do: the file is complete. May run more than once for a file.</summary>
    Task ArriveAsync(string blob);
}

/// <summary>How large a file may be.</summary>
/// <param name="Bytes">The maximum size in bytes.</param>
/// <param name="Exceeded">Creates the error for a larger file.</param>
public sealed record UploadRoom(long Bytes, Func<RefusedException> Exceeded);
