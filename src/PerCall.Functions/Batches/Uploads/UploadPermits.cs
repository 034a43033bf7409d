using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Keys;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Decides whether an upload address is still valid. An address can outlive the requester's permission.</summary>
public sealed class UploadPermits(KeyTable keys, TimeProvider time)
{
    /// <summary>Returns why a file for an upload address is not accepted; null: it is.</summary>
    public async Task<string?> WhyNotAsync(string account, UploadNote? note, CancellationToken cancellation)
    {
        if (note is null)
        {
            return "its upload address has expired or was never issued";
        }

        return await keys.FindAsync(note.Key, cancellation) is { } key && key.Account == account && key.IsLive(time.GetUtcNow())
            ? null
            : "the API key that requested its upload address is no longer valid";
    }
}
