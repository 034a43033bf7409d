namespace PerCall.Hosting.Queues;

/// <summary><c>messageEncoding</c> of host.json.</summary>
internal static class MessageEncoding
{
    /// <summary>The body behind a message's text, or null when it is not encoded as it should be.</summary>
    public static BinaryData? Decode(string text, bool base64)
    {
        if (!base64)
        {
            return BinaryData.FromString(text);
        }

        var bytes = new byte[text.Length * 3 / 4];
        return Convert.TryFromBase64String(text, bytes, out var length) ? BinaryData.FromBytes(bytes.AsMemory(0, length)) : null;
    }
}
