using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>
/// The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header-07): a quoted string. An unquoted one is also accepted,
/// because many clients send it.
/// </summary>
public static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;

    /// <returns>The key; null when the request has none.</returns>
    /// <exception cref="RefusedException">The key is not valid.</exception>
    public static string? Of(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
        {
            return null;
        }

        var value = values is [{ } only] ? Unquoted(only.Trim()) : null;
        return value is { Length: >= 1 and <= MaxLength } && value.All(c => c is >= ' ' and <= '~')
            ? value
            : throw RefusedException.BadRequest(
                "invalid_idempotency_key",
                $"'{Header}' is invalid; allowed: one string of 1 to {MaxLength} visible ASCII characters, in quotation marks. Example: "
                    + $"{Header}: \"8e03978e-40d5\".", Header);
    }

    /// <summary>Returns the form in which the key is stored.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <returns>The unquoted value; null when quotes or escapes violate RFC 9651.</returns>
    private static string? Unquoted(string value)
    {
        if (value.Length == 0 || value[0] != '"')
        {
            return value.Contains('"', StringComparison.Ordinal) ? null : value;
        }

        var text = new StringBuilder();
        for (var i = 1; i < value.Length; i++)
        {
            switch (value[i])
            {
                case '"':
                    return i == value.Length - 1 ? text.ToString() : null;
                case '\\' when i + 1 < value.Length && value[i + 1] is '"' or '\\':
                    text.Append(value[++i]);
                    break;
                case '\\':
                    return null;
                default:
                    text.Append(value[i]);
                    break;
            }
        }

        return null;
    }
}
