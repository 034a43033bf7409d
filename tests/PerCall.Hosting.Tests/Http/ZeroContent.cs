using System.Net;

namespace PerCall.Hosting.Tests.Http;

/// <summary>A body of zeros, written in pieces; its length is declared, or the body is chunked.</summary>
internal sealed class ZeroContent(long length, bool declared) : HttpContent
{
    private static readonly byte[] Piece = new byte[1 << 20];

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var left = length; left > 0; left -= Piece.Length)
        {
            await stream.WriteAsync(Piece.AsMemory(0, (int)Math.Min(left, Piece.Length)));
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return declared;
    }
}
