using System.Buffers;
using System.Text;

namespace PerCall.StandIn.Streams;

/// <summary>Server-sent events.</summary>
internal static class Events
{
    public static void Text(this IBufferWriter<byte> writer, string text) => Encoding.UTF8.GetBytes(text, writer);

    /// <summary>Writes one event.</summary>
    public static void Event(this IBufferWriter<byte> writer, string data, string? type = null) =>
        writer.Text(type is null ? $"data: {data}\n\n" : $"event: {type}\ndata: {data}\n\n");
}
