using System.Buffers;
using System.IO.Pipelines;
using PerCall.StandIn.Answers;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn.Streams;

/// <summary>Writes a stream at the pace of its script, with its faults.</summary>
internal sealed class EventStream(HttpContext context, Script script, Emission emission)
{
    private const int FlushBytes = 8 * 1024;

    private readonly PipeWriter _writer = context.Response.BodyWriter;
    private readonly int _delay = script.Number("delay", 0);
    private readonly int _flush = script.Number("flush", 0);
    private readonly int _stall = script.Number("stall", -1);
    private readonly int _cut = script.Number("cut", -1);
    private readonly int _reset = script.Number("reset", -1);
    private readonly int _garbage = script.Number("garbage", -1);
    private readonly bool _keepAlive = script.Has("keep-alive");

    // "before" is an error in front of the answer.
    private readonly int _error = script.Text("error-in-200") is { } error and not "before" ? script.Number("error-in-200", 0) : -1;

    public async Task WriteAsync(IStreamFormat format, Content content)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        if (script.Number("first") is { } first)
        {
            await context.Response.StartAsync(context.RequestAborted);
            await _writer.FlushAsync(context.RequestAborted);
            await Task.Delay(first, context.RequestAborted);
        }

        if (script.Text("error-in-200") == "before")
        {
            format.Error(_writer, opened: false);
            await _writer.FlushAsync(context.RequestAborted);
            return;
        }

        format.Open(_writer);
        if (!await WriteTokensAsync(format))
        {
            return;
        }

        if (!script.Has("no-finish"))
        {
            emission.Add(format.Hidden);
            format.Close(_writer);
            if (!script.Has("no-done"))
            {
                format.Done(_writer);
            }
        }

        emission.Complete = true;
        await _writer.FlushAsync(context.RequestAborted);
    }

    /// <returns>Whether the answer goes on to its end.</returns>
    private async Task<bool> WriteTokensAsync(IStreamFormat format)
    {
        if (script.Number("huge-event") is { } bytes)
        {
            emission.Add(bytes);
            format.Huge(_writer, bytes);
        }

        for (var number = 0; number <= format.Tokens; number++)
        {
            if (number == _stall)
            {
                await _writer.FlushAsync(context.RequestAborted);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            if (number == _cut)
            {
                await _writer.FlushAsync(context.RequestAborted);
                await context.CutAsync(emission);
                return false;
            }

            if (number == _reset)
            {
                await _writer.FlushAsync(context.RequestAborted);
                emission.Cut();
                context.Abort();
                return false;
            }

            if (number == _error)
            {
                format.Error(_writer, opened: true);
                await _writer.FlushAsync(context.RequestAborted);
                return false;
            }

            if (number == _garbage)
            {
                _writer.Write("data: {\"choices\":[{\"delta\":\n\n"u8);
            }

            if (number == format.Tokens)
            {
                break;
            }

            await WriteTokenAsync(format, number);
        }

        return !context.RequestAborted.IsCancellationRequested;
    }

    private ValueTask WriteTokenAsync(IStreamFormat format, int number)
    {
        if (_keepAlive)
        {
            _writer.Write(": keep-alive\n\n"u8);
        }

        emission.Add(1);
        format.Token(_writer, number);
        return _delay > 0 || (_flush > 0 && (number + 1) % _flush == 0) || _writer.UnflushedBytes >= FlushBytes
            ? FlushAsync()
            : ValueTask.CompletedTask;
    }

    private async ValueTask FlushAsync()
    {
        await _writer.FlushAsync(context.RequestAborted);
        context.RequestAborted.ThrowIfCancellationRequested();
        if (_delay > 0)
        {
            await Task.Delay(_delay, context.RequestAborted);
        }
    }
}
