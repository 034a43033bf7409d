using System.Buffers;
using System.Text;
using System.Text.Json;
using PerCall.StandIn.Answers;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Streams;

/// <summary>The events of <c>/v1/responses</c>.</summary>
internal sealed class ResponsesStream(Asked asked, Content content, Usage usage) : IStreamFormat
{
    private readonly string _id = Ids.Next("resp_");
    private readonly string _kind = content.Function is null ? "response.output_text" : "response.function_call_arguments";
    private readonly byte[] _before = Encoding.UTF8.GetBytes(Before(content));
    private int _sequence;

    public int Tokens => content.Tokens;

    public long Hidden => usage.Reasoning;

    public void Open(IBufferWriter<byte> writer)
    {
        Write(writer, "response.created", $"\"response\":{Answer("in_progress", null)}");
        Write(writer, "response.in_progress", $"\"response\":{Answer("in_progress", null)}");
        Write(
            writer, "response.output_item.added",
            $"\"output_index\":0,\"item\":{ResponsesAnswers.Item(content, "", "in_progress")}");
        if (content.Function is null)
        {
            Write(writer, "response.content_part.added", $"{Place},\"part\":{ResponsesAnswers.Part("")}");
        }
    }

    public void Token(IBufferWriter<byte> writer, int number)
    {
        writer.Write(_before);
        writer.Write(content.Utf8At(number).Span);
        writer.Text($"\",\"sequence_number\":{_sequence++}}}\n\n");
    }

    public void Huge(IBufferWriter<byte> writer, int bytes)
    {
        writer.Write(_before);
        writer.Text(new string('a', bytes));
        writer.Text($"\",\"sequence_number\":{_sequence++}}}\n\n");
    }

    public void Error(IBufferWriter<byte> writer, bool opened)
    {
        if (opened)
        {
            Write(writer, "response.failed", $"\"response\":{Answer("failed", null)}");
        }
        else
        {
            Write(writer, "error", "\"code\":\"server_error\",\"message\":\"The server had an error.\",\"param\":null");
        }
    }

    public void Close(IBufferWriter<byte> writer)
    {
        var text = JsonSerializer.Serialize(content.Text);
        if (content.Function is null)
        {
            Write(writer, $"{_kind}.done", $"{Place},\"text\":{text}");
            Write(writer, "response.content_part.done", $"{Place},\"part\":{ResponsesAnswers.Part(content.Text)}");
        }
        else
        {
            Write(writer, $"{_kind}.done", $"\"item_id\":\"{ResponsesAnswers.ItemId}\",\"output_index\":0,\"arguments\":{text}");
        }

        Write(
            writer, "response.output_item.done",
            $"\"output_index\":0,\"item\":{ResponsesAnswers.Item(content, content.Text, "completed")}");
        var complete = content.FinishReason is "stop" or "tool_calls";
        Write(
            writer, complete ? "response.completed" : "response.incomplete",
            $"\"response\":{Answer(complete ? "completed" : "incomplete", content.Text)}");
    }

    public void Done(IBufferWriter<byte> writer)
    {
        // The last event is the end.
    }

    private static string Place => $"\"item_id\":\"{ResponsesAnswers.ItemId}\",\"output_index\":0,\"content_index\":0";

    private static string Before(Content content)
    {
        var kind = content.Function is null ? "response.output_text" : "response.function_call_arguments";
        var place = content.Function is null ? Place : $"\"item_id\":\"{ResponsesAnswers.ItemId}\",\"output_index\":0";
        return $"event: {kind}.delta\ndata: {{\"type\":\"{kind}.delta\",{place},\"delta\":\"";
    }

    private string Answer(string status, string? text) => ResponsesAnswers.Whole(asked, content, usage, status, text, _id);

    private void Write(IBufferWriter<byte> writer, string type, string members) =>
        writer.Event($"{{\"type\":\"{type}\",\"sequence_number\":{_sequence++},{members}}}", type);
}
