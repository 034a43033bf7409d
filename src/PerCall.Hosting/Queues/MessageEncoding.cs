namespace PerCall.Hosting.Queues;

/// <summary><c>messageEncoding</c> of host.json.</summary>
internal static class MessageEncoding
{
    /// <summary>Returns the body of a message's text; null when it is not encoded as configured.</summary>
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
