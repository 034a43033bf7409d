using System.Buffers;
using System.Text.Json;
using PerCall.StandIn.Answers;

namespace PerCall.StandIn.Streams;

/// <summary>The events of a streamed transcription.</summary>
internal sealed class TranscriptionStream(Content content, Usage usage) : IStreamFormat
{
    public int Tokens => content.Tokens;

    public long Hidden => 0;

    public void Open(IBufferWriter<byte> writer)
    {
        // The first event is a token.
    }

    public void Token(IBufferWriter<byte> writer, int number)
    {
        writer.Write("data: {\"type\":\"transcript.text.delta\",\"delta\":\""u8);
        writer.Write(content.Utf8At(number).Span);
        writer.Write("\"}\n\n"u8);
    }

    public void Huge(IBufferWriter<byte> writer, int bytes) =>
        writer.Event($$"""{"type":"transcript.text.delta","delta":"{{new string('a', bytes)}}"}""");

    public void Error(IBufferWriter<byte> writer, bool opened) => writer.Event(Errors.Inside);

    public void Close(IBufferWriter<byte> writer)
    {
        var reported = usage.Transcription is { } found ? $""","usage":{found}""" : "";
        writer.Event($$"""{"type":"transcript.text.done","text":{{JsonSerializer.Serialize(content.Text)}}{{reported}}}""");
    }

    public void Done(IBufferWriter<byte> writer)
    {
        // The last event is the end.
    }
}
