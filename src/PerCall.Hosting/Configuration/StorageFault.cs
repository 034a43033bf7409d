using Azure;

namespace PerCall.Hosting.Configuration;

/// <summary>Shortens storage errors for messages: the client's own messages contain whole responses.</summary>
internal static class StorageFault
{
    public static string Reason(Exception e)
    {
        // The first of several attempts is enough.
        var first = (e as AggregateException)?.InnerExceptions[0] ?? e;
        return first is RequestFailedException { ErrorCode: { } code } failed
            ? $"{failed.Status} {code}"
            : first.GetBaseException().Message.Split('\n')[0].Trim().TrimEnd('.');
    }
}
