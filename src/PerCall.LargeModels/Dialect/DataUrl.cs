using System.Buffers.Text;
using System.Net;
using PerCall.LargeModels.Tokens;

namespace PerCall.LargeModels.Dialect;

/// <summary>Checks the address of an image or file in a request: a data URL, or an <c>https</c> URL that the provider fetches.</summary>
internal static class DataUrl
{
    private const int FirstPrefix = 4096;

    /// <summary>Checks an image's URL and returns its size in pixels; null: it cannot be determined.</summary>
    /// <exception cref="LargeModelRefusedException">400, or 413 for an image that is too large.</exception>
    public static (long Width, long Height)? CheckImage(string url, int maxBytes, string path)
    {
        if (!IsData(url))
        {
            CheckRemote(url, path);
            return null;
        }

        var (type, base64) = Split(url, path);
        if (!type.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
        {
            throw Fields.Refused(
                "invalid_image", $"'{path}' has the type '{type}'; allowed: image/png, image/jpeg, image/webp, image/gif.", path);
        }

        var length = DecodedLength(base64, path);
        if (length > maxBytes)
        {
            throw new LargeModelRefusedException(
                413, "image_too_large", $"'{path}' has {length} bytes; an image can have {maxBytes}.", path);
        }

        // Metadata of cameras can come before the size, so longer beginnings are tried until the size is found.
        for (var prefix = FirstPrefix; ; prefix *= 8)
        {
            var part = base64.AsSpan(0, Math.Min(base64.Length, prefix));
            if (ImageSize.Of(Decode(part)) is { } size)
            {
                return size;
            }

            if (part.Length == base64.Length)
            {
                return null;
            }
        }
    }

    /// <summary>Checks that a provider can fetch a URL, and that it does not name a host of the provider's own network.</summary>
    public static void CheckRemote(string url, string path)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            throw Fields.Refused(Fields.InvalidValue, $"'{path}' is neither an https URL nor a base64 data URL.", path);
        }

        var host = uri.IdnHost.TrimEnd('.');
        var local = uri.HostNameType != UriHostNameType.Dns || IPAddress.TryParse(host, out _) || !host.Contains('.')
            || host.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        if (local)
        {
            throw Fields.Refused(Fields.InvalidValue, $"'{path}' has to name a public host by its domain name.", path);
        }
    }

    public static bool IsData(string url) => url.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the media type and the base64 text of a data URL.</summary>
    public static (string Type, string Base64) Split(string url, string path)
    {
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        var head = comma < 0 ? "" : url["data:".Length..comma];
        return head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase)
            ? (head.Split(';')[0], url[(comma + 1)..])
            : throw Fields.Refused(Fields.InvalidValue, $"'{path}' is not a data URL with base64: data:<type>;base64,<data>.", path);
    }

    /// <summary>Checks base64 and returns the number of bytes in it, at least 1.</summary>
    public static int DecodedLength(string base64, string path) => Base64.IsValid(base64, out var length) && length > 0
        ? length
        : throw Fields.Refused("invalid_base64", $"'{path}' has no valid base64.", path);

    /// <summary>Decodes base64 that was checked, or the beginning of it.</summary>
    public static byte[] Decode(ReadOnlySpan<char> base64)
    {
        // White space is allowed, so a beginning does not have to end between groups of four characters.
        var text = new string(base64);
        if (text.AsSpan().ContainsAny(" \t\r\n"))
        {
            text = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        }

        return Convert.FromBase64String(text[..(text.Length / 4 * 4)]);
    }
}
