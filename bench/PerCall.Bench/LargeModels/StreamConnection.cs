using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PerCall.Bench.LargeModels;

/// <summary>
/// One connection that asks for the same stream again and again, on a blocking socket with a request that is made beforehand. So the time
/// is that of the server and the kernel.
/// </summary>
internal sealed class StreamConnection : IDisposable
{
    private static readonly byte[] Token = "\"content\":\" "u8.ToArray();
    private static readonly byte[] LastChunk = "\r\n0\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[1024 * 1024];

    /// <exception cref="SocketException">Nothing listens there.</exception>
    public StreamConnection(Uri url, string body, string? key)
    {
        var headers = string.Create(CultureInfo.InvariantCulture, $"""
            POST {url.PathAndQuery} HTTP/1.1
            Host: {url.Authority}
            Content-Type: application/json
            Content-Length: {Encoding.UTF8.GetByteCount(body)}{(key is null ? "" : $"\r\nx-api-key: {key}")}


            """).ReplaceLineEndings("\r\n");
        _request = Encoding.UTF8.GetBytes(headers + body);
        try
        {
            _socket.Connect(url.Host, url.Port);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads one stream to its end.</summary>
    /// <returns>Milliseconds until the first token, and until the end.</returns>
    /// <exception cref="InvalidOperationException">The call was refused, or its stream broke off.</exception>
    public (double First, double End) Call()
    {
        var started = Stopwatch.GetTimestamp();
        Send();
        var (received, first) = (0, 0.0);
        while (!_answer.AsSpan(0, received).EndsWith(LastChunk))
        {
            received += Receive(received);
            if (first == 0 && _answer.AsSpan(0, received).IndexOf(Token) >= 0)
            {
                first = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }

        return first > 0
            ? (first, Stopwatch.GetElapsedTime(started).TotalMilliseconds)
            : throw new InvalidOperationException(Encoding.UTF8.GetString(_answer, 0, received));
    }

    public void Send()
    {
        for (var sent = 0; sent < _request.Length;)
        {
            sent += _socket.Send(_request.AsSpan(sent));
        }
    }

    /// <summary>Reads until so many tokens have arrived.</summary>
    public void ReadTokens(int count)
    {
        for (var received = 0; Count(_answer.AsSpan(0, received)) < count;)
        {
            received += Receive(received);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static int Count(ReadOnlySpan<byte> answer)
    {
        var tokens = 0;
        for (var at = answer.IndexOf(Token); at >= 0; at = answer.IndexOf(Token))
        {
            tokens++;
            answer = answer[(at + Token.Length)..];
        }

        return tokens;
    }

    private int Receive(int received) => _socket.Receive(_answer.AsSpan(received)) is > 0 and var read
        ? read
        : throw new InvalidOperationException($"The server closed the connection: {Encoding.UTF8.GetString(_answer, 0, received)}");
}
