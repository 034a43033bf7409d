using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;

namespace PerCall.Functions.LargeModels;

/// <summary>
/// Sends one stream on, in segments. A segment's charge is on disk before the segment leaves, so that after a crash the tenant has paid for
/// what it received. The last charge corrects the sum to the provider's usage. A segment holds the events that arrived while the previous
/// one was charged and sent, and for at least the segment time.
/// </summary>
/// <param name="call">The call.</param>
/// <param name="answer">The provider's answer.</param>
/// <param name="segmentTime">Least time between two charges.</param>
/// <param name="durable">Whether a segment waits for its charge. If not, events leave at once and are charged at the same interval.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
public sealed partial class StreamedAnswer(
    LargeModelCall call, ProviderAnswer answer, TimeSpan segmentTime, bool durable, TimeProvider time, ILogger<StreamedAnswer> log)
{
    // A segment of this size leaves before its time. Memory does not grow with the answer, or when the caller reads slowly: nothing is read
    // from the provider while a segment is written.
    private const int MaxSegment = 64 << 10;

    private readonly HttpResponse _response = call.Http.Response;
    private readonly ArrayBufferWriter<byte> _segment = new(1024);
    private readonly OutputCounter _counter = new(call.Route.Tokenizer.ForCharges());
    private readonly StreamEditor _editor = new(
        call.Endpoint, call.Route.Model, call.Redaction is { } map ? new(call.Facts, map) : null);

    private TokenUsage? _reported;
    private StreamError? _error;
    private bool _errorIsSent;
    private bool _ends;
    private bool _hasStarted;

    // Tokens that were charged, and tokens whose segment has begun to leave.
    private long _charged;
    private long _sent;
    private long? _chargedAt;

    // A read of the provider's stream that has not been awaited.
    private Task<bool>? _next;

    public async Task RunAsync(CancellationToken cancellation)
    {
        Start();
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pieces = StreamReading.ReadAsync(call.Endpoint, call.Facts, answer.Body, reading.Token).GetAsyncEnumerator(reading.Token);
        Exception? broken = null;
        try
        {
            while (await GatherAsync(pieces))
            {
                if (!_ends)
                {
                    await SendAsync(cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await EndCancelledAsync();
            return;
        }
        catch (Exception e) when (e is RefusedException or JournalFencedException)
        {
            // What was sent is charged. The rest can be neither charged nor sent.
            LogNotCharged(e, call.Route.Model, call.Id);
            await EndUnchargedAsync(e);
            return;
        }
        catch (Exception e)
        {
            broken = e;
        }
        finally
        {
            // Closes the provider's connection. The enumerator can be disposed of when no read is pending.
            await reading.CancelAsync();
            await ((Task?)_next ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await pieces.DisposeAsync();
        }

        await EndAsync(broken, cancellation);
    }

    private void Start()
    {
        call.Metered.BeginStream();
        call.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _response.ContentType = "text/event-stream; charset=utf-8";
        _response.Headers.CacheControl = "no-cache, no-store";
    }

    /// <summary>
    /// Adds events to the segment: those that have arrived, and those that arrive until the segment's time. Returns false at the end of the
    /// provider's stream.
    /// </summary>
    private async Task<bool> GatherAsync(IAsyncEnumerator<StreamPiece> pieces)
    {
        var next = _next ?? pieces.MoveNextAsync().AsTask();
        _next = null;
        do
        {
            if (!await next)
            {
                return false;
            }

            Add(pieces.Current);
            next = pieces.MoveNextAsync().AsTask();
            if (!next.IsCompleted && Wait() is var wait && wait > TimeSpan.Zero)
            {
                await Task.WhenAny(next, Task.Delay(wait, time));
            }
        }
        while (_segment.WrittenCount < MaxSegment && (next.IsCompleted || Wait() > TimeSpan.Zero));

        _next = next;
        return true;
    }

    /// <summary>Time that the segment still has to gather.</summary>
    private TimeSpan Wait() => durable && _chargedAt is { } at ? segmentTime - time.GetElapsedTime(at) : TimeSpan.Zero;

    private void Add(StreamPiece piece)
    {
        _counter.Add(piece.Text);
        _reported = piece.Usage ?? _reported;
        _error ??= piece.Error;
        _ends |= piece.Ends;
        // The event 'response.failed' holds the whole response. Other errors get one form at the end of the stream.
        _errorIsSent |= piece.Error is not null && call.Endpoint == LargeModelEndpoint.Responses;
        if (piece.Error is null || _errorIsSent)
        {
            _editor.Write(piece, _segment);
        }
    }

    /// <summary>Charges for the segment, then sends it.</summary>
    private async Task SendAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var tokens = Math.Min(_counter.Tokens, call.Facts.OutputBound);
        if (tokens > _charged && (durable || _chargedAt is not { } at || time.GetElapsedTime(at) >= segmentTime))
        {
            await ChargeAsync(Counted(tokens), UsageBasis.Counted);
            _charged = tokens;
            _chargedAt = time.GetTimestamp();
            cancellation.ThrowIfCancellationRequested();
        }

        // A segment that begins to leave counts as delivered: the caller may have received it even if the connection breaks now.
        _sent = tokens;
        await WriteAsync(cancellation);
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        if (_segment.WrittenCount == 0)
        {
            return;
        }

        _hasStarted = true;
        await _response.Body.WriteAsync(_segment.WrittenMemory, cancellation);
        _segment.ResetWrittenCount();
        await _response.Body.FlushAsync(cancellation);
    }

    /// <summary>Ends a stream that the provider has ended or broken off.</summary>
    private async Task EndAsync(Exception? broken, CancellationToken cancellation)
    {
        // An answer that was complete is complete, however its connection ended.
        var complete = _ends || (broken is null && _error is null);
        if (broken is null)
        {
            answer.End();
        }

        if (broken is not null && !complete)
        {
            LogBroken(broken, call.Route.Model, answer.Deployment.Name, call.Id);
            _error ??= new("The provider broke off the answer. What arrived before is charged.", "provider_interrupted", "server_error");
        }

        var tokens = Math.Min(_counter.Tokens, call.Facts.OutputBound);
        if (!complete && tokens == 0 && !_hasStarted)
        {
            call.Tokens?.Settle(0);
            throw new LargeModelRefusedException(
                StatusCodes.Status502BadGateway, _error!.Code ?? "provider_error", _error.Message, inner: broken);
        }

        var (used, basis) = complete
            ? Usages.Settle(call.Facts, _reported, Counted(tokens))
            : (tokens == 0 ? default : Counted(tokens), UsageBasis.Counted);
        call.Tokens?.Settle(used.Tokens);
        LargeModelMeasures.Used(call.Route.Model, answer.Deployment, used, basis);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await ChargeAsync(used, basis);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await EndCancelledAsync();
            return;
        }
        catch (Exception e) when (e is RefusedException or JournalFencedException)
        {
            LogNotCharged(e, call.Route.Model, call.Id);
            await EndUnchargedAsync(e);
            return;
        }

        if (cancellation.IsCancellationRequested)
        {
            await EndCancelledAsync();
            return;
        }

        _sent = tokens;
        if (complete)
        {
            _editor.WriteEnd(call.Metered.Charged, _segment);
        }
        else if (!_errorIsSent)
        {
            WriteError(_error!);
        }

        await TryWriteAsync();
    }

    /// <summary>Ends a stream whose caller has left, or that the host has cancelled: charges for what was sent.</summary>
    private async Task EndCancelledAsync()
    {
        var used = _sent == 0 ? default : Counted(_sent);
        call.Tokens?.Settle(used.Tokens);
        LargeModelMeasures.Used(call.Route.Model, answer.Deployment, used, UsageBasis.Counted);
        try
        {
            await ChargeAsync(used, UsageBasis.Counted);
        }
        catch (Exception e) when (e is RefusedException or JournalFencedException)
        {
            LogNotCharged(e, call.Route.Model, call.Id);
        }

        _segment.ResetWrittenCount();
        WriteError(
            new("The call was canceled, because it timed out or this instance is stopping; try again.", "call_given_up", "server_error"));
        await TryWriteAsync();
    }

    private async Task EndUnchargedAsync(Exception fault)
    {
        call.Tokens?.Settle(_sent == 0 ? 0 : Counted(_sent).Tokens);
        if (!_hasStarted)
        {
            throw fault is RefusedException
                ? fault
                : RefusedException.TryAgain(
                    StatusCodes.Status503ServiceUnavailable, "charge_not_recorded", "The charge could not be written; try again.",
                    TimeSpan.FromSeconds(1));
        }

        _segment.ResetWrittenCount();
        WriteError(new("The charge could not be written, so the answer ends here; try again.", "charge_not_recorded", "server_error"));
        await TryWriteAsync();
    }

    /// <summary>Writes what is left. A caller who has left does not get it.</summary>
    private async Task TryWriteAsync()
    {
        try
        {
            await WriteAsync(call.Http.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The charge is final.
        }
    }

    private TokenUsage Counted(long output) => new(call.Facts.PromptTokens, 0, output, call.Facts.AudioSeconds);

    private Task ChargeAsync(TokenUsage used, UsageBasis basis) => call.Metered.ChargeToAsync(
        call.Id, call.Route.Model, answer.Deployment.Target, ChargedTokens.Of(used, basis, answer.Deployment), CancellationToken.None);

    private void WriteError(StreamError error) => _editor.WriteError(error, _segment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Deployment} broke off a stream of {Model} ({Id})")]
    private partial void LogBroken(Exception exception, string model, string deployment, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Ended a stream of {Model}, because its charge could not be written ({Id})")]
    private partial void LogNotCharged(Exception exception, string model, string id);
}
