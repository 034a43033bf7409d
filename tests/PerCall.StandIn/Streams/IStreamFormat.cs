using System.Buffers;

namespace PerCall.StandIn.Streams;

/// <summary>The events of one kind of stream.</summary>
internal interface IStreamFormat
{
    /// <summary>Tokens of all choices.</summary>
    int Tokens { get; }

    /// <summary>Hidden tokens, which are billed like written ones.</summary>
    long Hidden { get; }

    /// <summary>Writes the events before the first token.</summary>
    void Open(IBufferWriter<byte> writer);

    /// <summary>Writes one token, numbered from 0 over all choices.</summary>
    void Token(IBufferWriter<byte> writer, int number);

    /// <summary>Writes one event with so many bytes of text.</summary>
    void Huge(IBufferWriter<byte> writer, int bytes);

    /// <summary>Writes an error instead of the rest.</summary>
    /// <param name="writer">The body.</param>
    /// <param name="opened">Whether the answer has begun.</param>
    void Error(IBufferWriter<byte> writer, bool opened);

    /// <summary>Writes the events after the last token, with the usage.</summary>
    void Close(IBufferWriter<byte> writer);

    /// <summary>Writes the mark of the stream's end, if the format has one.</summary>
    void Done(IBufferWriter<byte> writer);
}
