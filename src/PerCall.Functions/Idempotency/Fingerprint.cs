using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PerCall.Functions.Idempotency;

/// <summary>Hashes what identifies a request: method, path, query, content type and body.</summary>
public static class Fingerprint
{
    public static string Of(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path}\n{request.QueryString}\n{type?.MediaType}\n"));

        // A client chooses a new boundary each time it sends a form, but the form is the same.
        var boundary = HeaderUtilities.RemoveQuotes(type?.Boundary ?? default).ToString();
        if (boundary.Length == 0)
        {
            hash.AppendData(body);
        }
        else
        {
            var mark = Encoding.UTF8.GetBytes(boundary);
            for (int at; (at = body.IndexOf(mark)) >= 0; body = body[(at + mark.Length)..])
            {
                hash.AppendData(body[..at]);
                hash.AppendData("\0"u8);
            }

            hash.AppendData(body);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
