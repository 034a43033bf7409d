using Azure;

namespace PerCall.Hosting.Configuration;

/// <summary>A failure of storage in a few words: the client's own messages hold whole answers.</summary>
internal static class StorageFault
{
    public static string Reason(Exception e)
    {
        // Of several tries, the first says enough.
        var first = (e as AggregateException)?.InnerExceptions[0] ?? e;
        return first is RequestFailedException { ErrorCode: { } code } failed
            ? $"{failed.Status} {code}"
            : first.GetBaseException().Message.Split('\n')[0].Trim().TrimEnd('.');
    }
}
