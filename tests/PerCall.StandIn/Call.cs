using System.Text;
using PerCall.StandIn.Answers;
using PerCall.StandIn.Requests;
using PerCall.StandIn.Scripts;
using PerCall.StandIn.Streams;

namespace PerCall.StandIn;

/// <summary>One call whose script is known.</summary>
internal sealed class Call(HttpContext context, Target target, Asked asked, Script script, Emission emission)
{
    public async Task AnswerAsync()
    {
        if (script.Number("slow-headers") is { } wait)
        {
            await Task.Delay(wait, context.RequestAborted);
        }

        if (script.Has("hang"))
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }

        if (script.Number("status") is { } status)
        {
            emission.Status = status;
            await Errors.WriteScriptedAsync(context, target.IsAzure, script, status);
            return;
        }

        if (script.Text("filter") == "prompt")
        {
            emission.Status = 400;
            await Errors.WriteFilteredAsync(context);
            return;
        }

        var content = Content.From(asked, script);
        var usage = Usage.From(target.Operation, asked, script, content);
        (emission.Status, emission.In, emission.CachedIn) = (200, usage.In, usage.CachedIn);
        // A provider says who it is; nothing of it may reach the caller.
        context.Response.Headers["x-ms-region"] = "Stand-in";
        context.Response.Headers["openai-organization"] = "stand-in";
        await (asked.Stream && StreamFormat(content, usage) is { } format
            ? new EventStream(context, script, emission).WriteAsync(format, content)
            : WriteWholeAsync(content, usage));
    }

    private IStreamFormat? StreamFormat(Content content, Usage usage) => target.Operation switch
    {
        Operation.Chat => new ChatStream(target, asked, content, usage),
        Operation.Responses => new ResponsesStream(asked, content, usage),
        Operation.Transcriptions => new TranscriptionStream(content, usage),
        _ => null,
    };

    private async Task WriteWholeAsync(Content content, Usage usage)
    {
        if (script.Number("first") is { } first)
        {
            await Task.Delay(first, context.RequestAborted);
        }

        var (type, text) = target.Operation switch
        {
            Operation.Chat => ("application/json", ChatAnswers.Whole(asked, content, usage)),
            Operation.Responses => ("application/json", ResponsesAnswers.Whole(asked, content, usage, "completed", content.Text)),
            Operation.Embeddings => ("application/json", EmbeddingAnswers.Whole(asked, usage)),
            Operation.Transcriptions => TranscriptionAnswers.Whole(asked, content, usage),
            _ => ("application/json", ModerationAnswers.Whole(asked)),
        };
        if (script.Has("error-in-200"))
        {
            text = Errors.Inside;
        }
        else if (script.Has("garbage"))
        {
            text = text[..(text.Length / 2)];
        }
        else
        {
            emission.Add(usage.Out);
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length + script.Number("huge-event", 0);
        if (script.Has("cut"))
        {
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await context.CutAsync(emission);
            return;
        }

        emission.Complete = !script.Has("error-in-200") && !script.Has("garbage");
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        var space = new byte[16 * 1024];
        space.AsSpan().Fill((byte)' ');
        for (var left = script.Number("huge-event", 0); left > 0; left -= space.Length)
        {
            await context.Response.Body.WriteAsync(space.AsMemory(0, Math.Min(left, space.Length)), context.RequestAborted);
        }
    }
}
