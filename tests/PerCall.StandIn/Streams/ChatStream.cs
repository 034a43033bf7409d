using System.Buffers;
using System.Text;
using System.Text.Json;
using PerCall.StandIn.Answers;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Streams;

/// <summary>The chunks of a chat completion.</summary>
internal sealed class ChatStream : IStreamFormat
{
    private readonly Target _target;
    private readonly Asked _asked;
    private readonly Content _content;
    private readonly Usage _usage;
    private readonly string _head;
    private readonly string _end;
    private readonly byte[][] _before;
    private readonly byte[] _deltaEnd;
    private readonly byte[] _after;

    public ChatStream(Target target, Asked asked, Content content, Usage usage)
    {
        (_target, _asked, _content, _usage) = (target, asked, content, usage);
        _head = $$"""
            {"id":"{{Ids.Next("chatcmpl-")}}","object":"chat.completion.chunk","created":{{Ids.Created}},
            "model":{{ChatAnswers.Model(asked)}},"system_fingerprint":"fp_stand_in","choices":[
            """.Joined();
        _end = asked.IncludeUsage ? "],\"usage\":null}\n\n" : "]}\n\n";
        var (begin, end) = content.Function is null
            ? ("{\"content\":\"", "\"}")
            : ("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"", "\"}}]}");
        _before = [.. Enumerable.Range(0, asked.Choices).Select(i =>
            Encoding.UTF8.GetBytes($"data: {_head}{{\"index\":{i},\"delta\":{begin}"))];
        _deltaEnd = Encoding.UTF8.GetBytes(end);
        _after = Encoding.UTF8.GetBytes($",\"logprobs\":null,\"finish_reason\":null}}{_end}");
    }

    public int Tokens => _content.Tokens * _asked.Choices;

    public long Hidden => _usage.Reasoning;

    public void Open(IBufferWriter<byte> writer)
    {
        if (_target.IsAzure)
        {
            // Azure reports first what its filter says of the prompt, in a chunk without an id and without choices.
            writer.Event("""
                {"choices":[],"created":0,"id":"","model":"","object":"",
                "prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}
                """.Joined());
        }

        var delta = _content.Function is { } function
            ? $$$"""
                {"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function",
                "function":{"name":{{{JsonSerializer.Serialize(function)}}},"arguments":""}}]}
                """.Joined()
            : """{"role":"assistant","content":"","refusal":null}""";
        for (var choice = 0; choice < _asked.Choices; choice++)
        {
            writer.Text($$"""data: {{_head}}{"index":{{choice}},"delta":{{delta}},"logprobs":null,"finish_reason":null}{{_end}}""");
        }
    }

    public void Token(IBufferWriter<byte> writer, int number)
    {
        var (piece, choice) = Math.DivRem(number, _asked.Choices);
        writer.Write(_before[choice]);
        writer.Write(_content.Utf8At(piece).Span);
        writer.Write(_deltaEnd);
        if (_asked.Logprobs)
        {
            var logprob = ChatAnswers.Logprob(_content.At(piece), _asked.TopLogprobs);
            writer.Text($$""","logprobs":{"content":[{{logprob}}],"refusal":null},"finish_reason":null}{{_end}}""");
        }
        else
        {
            writer.Write(_after);
        }
    }

    public void Huge(IBufferWriter<byte> writer, int bytes)
    {
        writer.Write(_before[0]);
        writer.Text(new string('a', bytes));
        writer.Write(_deltaEnd);
        writer.Write(_after);
    }

    public void Error(IBufferWriter<byte> writer, bool opened) => writer.Event(Errors.Inside);

    public void Close(IBufferWriter<byte> writer)
    {
        var usage = _asked.IncludeUsage ? _usage.Chat() : null;
        for (var choice = 0; choice < _asked.Choices; choice++)
        {
            var last = choice == _asked.Choices - 1 && _usage.Shape == "with-choices" && usage is not null;
            var end = last ? $"],\"usage\":{usage}}}\n\n" : _end;
            writer.Text($$"""
                data: {{_head}}{"index":{{choice}},"delta":{},"logprobs":null,"finish_reason":"{{_content.FinishReason}}"}{{end}}
                """);
        }

        if (usage is not null && _usage.Shape != "with-choices")
        {
            if (_usage.Shape == "twice")
            {
                writer.Event($"{_head}],\"usage\":{_usage.Chat(half: true)}}}");
            }

            writer.Event($"{_head}],\"usage\":{usage}}}");
        }
    }

    public void Done(IBufferWriter<byte> writer) => writer.Write("data: [DONE]\n\n"u8);
}
