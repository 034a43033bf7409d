using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PerCall.Bench.Running;

/// <summary>
/// One connection that posts the same picture again and again, on a blocking socket with a request made beforehand: next to nothing of the
/// time that is measured is the client's own.
/// </summary>
internal sealed class ClassifyConnection : IDisposable
{
    private static readonly byte[] HeadersEnd = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[64 * 1024];

    /// <exception cref="SocketException">Nothing listens there.</exception>
    public ClassifyConnection(Uri address, string model, string mediaType, byte[] image, string? key = null)
    {
        var headers = string.Create(CultureInfo.InvariantCulture, $"""
            POST /v1/images/classify?model={model} HTTP/1.1
            Host: {address.Authority}
            Content-Type: {mediaType}
            Content-Length: {image.Length}{(key is null ? "" : $"\r\nx-api-key: {key}")}


            """).ReplaceLineEndings("\r\n");
        _request = [.. Encoding.ASCII.GetBytes(headers), .. image];
        try
        {
            _socket.Connect(address.Host, address.Port);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <returns>The whole answer, valid until the next call.</returns>
    /// <exception cref="InvalidOperationException">The service refused the call.</exception>
    public ReadOnlySpan<byte> Call()
    {
        for (var sent = 0; sent < _request.Length;)
        {
            sent += _socket.Send(_request.AsSpan(sent));
        }

        var received = 0;
        while (!IsWhole(_answer.AsSpan(0, received)))
        {
            var read = _socket.Receive(_answer.AsSpan(received));
            received += read > 0 ? read : throw new InvalidOperationException("The service closed the connection.");
        }

        var answer = _answer.AsSpan(0, received);
        return answer.StartsWith("HTTP/1.1 200 "u8) ? answer : throw new InvalidOperationException(Encoding.UTF8.GetString(answer));
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        const string Length = "\r\nContent-Length: ";
        var end = answer.IndexOf(HeadersEnd);
        if (end < 0)
        {
            return false;
        }

        var headers = Encoding.ASCII.GetString(answer[..end]);
        var at = headers.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return answer.EndsWith(LastChunk);
        }

        var digits = headers[(at + Length.Length)..].Split('\r')[0];
        return answer.Length >= end + HeadersEnd.Length + int.Parse(digits, CultureInfo.InvariantCulture);
    }
}
